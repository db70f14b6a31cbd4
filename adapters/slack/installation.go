package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	slackgo "github.com/slack-go/slack"

	"roadmapbot/bot"
)

// Shelf keeps small values by key; the store gives one.
type Shelf interface {
	Get(ctx context.Context, key string) ([]byte, error) // bot.ErrNotFound
	Put(ctx context.Context, key string, value []byte) error
	Delete(ctx context.Context, key string) error // nil if there is none
}

// installation is the app in one workspace or organisation. It is stored sealed.
type installation struct {
	Tenant    string // enterprise id of an organisation-wide installation, else team id
	BotUser   string
	Token     string
	Refresh   string    // with token rotation
	Expires   time.Time // of the token; zero without rotation
	Installed time.Time

	old bool // read under an old key, to be sealed anew
}

// refreshAhead is how long before its end a token is replaced.
const refreshAhead = 2 * time.Hour

// refreshPause is how long a failed refresh is left alone while the token is good: each
// try may take seconds, and everybody of the workspace waits for it.
const refreshPause = time.Minute

// lock serves one installation at a time, and vanishes when nobody holds it.
type lock struct {
	sync.Mutex
	users int
}

// installs keeps the installations and their tokens fresh: one refresher each.
type installs struct {
	adapter *Adapter
	shelf   Shelf
	mu      sync.Mutex
	locks   map[string]*lock
	unsaved map[string]installation // refreshed, but the store failed
	tried   map[string]time.Time    // when a refresh failed whose token is good for a while
}

// locked does something alone with an installation.
func (s *installs) locked(tenant string, do func() error) error {
	s.mu.Lock()
	l := s.locks[tenant]
	if l == nil {
		l = &lock{}
		s.locks[tenant] = l
	}
	l.users++
	s.mu.Unlock()
	l.Lock()
	defer func() {
		l.Unlock()
		s.mu.Lock()
		if l.users--; l.users == 0 {
			delete(s.locks, tenant)
		}
		s.mu.Unlock()
	}()
	return do()
}

// load reads an installation.
func (s *installs) load(ctx context.Context, tenant string) (installation, error) {
	s.mu.Lock()
	held, ok := s.unsaved[tenant]
	s.mu.Unlock()
	if ok {
		return held, nil
	}
	sealed, err := s.shelf.Get(ctx, tenant)
	if err != nil {
		return installation{}, fmt.Errorf("slack: installation of %q: %w", tenant, err)
	}
	raw, old, err := s.adapter.keys.open(tenant, sealed)
	if err != nil {
		return installation{}, err
	}
	var i installation
	if err := json.Unmarshal(raw, &i); err != nil {
		return installation{}, errors.New("slack: a stored installation can't be read")
	}
	i.old = old
	return i, nil
}

// save seals and stores an installation.
func (s *installs) save(ctx context.Context, i installation) error {
	raw, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("slack: %w", err)
	}
	if err := s.shelf.Put(ctx, i.Tenant, s.adapter.keys.seal(i.Tenant, raw)); err != nil {
		return fmt.Errorf("slack: store the installation of %q: %w", i.Tenant, err)
	}
	s.mu.Lock()
	delete(s.unsaved, i.Tenant)
	s.mu.Unlock()
	return nil
}

// fresh returns an installation whose token is good for a while.
func (s *installs) fresh(ctx context.Context, tenant string) (installation, error) {
	i, err := s.load(ctx, tenant)
	if err != nil || !s.due(i) {
		return i, err
	}
	err = s.locked(tenant, func() error {
		if i, err = s.load(ctx, tenant); err != nil || !s.due(i) { // somebody else was faster
			return err
		}
		i, err = s.renew(ctx, i)
		return err
	})
	return i, err
}

// due tells whether there is something to do first: a token to be replaced, a
// replaced one to be stored, a row to be sealed under the present key.
func (s *installs) due(i installation) bool {
	s.mu.Lock()
	_, unsaved := s.unsaved[i.Tenant]
	tried := s.tried[i.Tenant]
	s.mu.Unlock()
	now := s.adapter.now()
	if now.Before(i.Expires) && now.Before(tried.Add(refreshPause)) {
		return unsaved || i.old
	}
	return unsaved || i.old || i.Refresh != "" && now.Add(refreshAhead).After(i.Expires)
}

// renew swaps the refresh token for new tokens and stores them before anybody
// uses them, because the old refresh token is void from then on. If the store
// fails they are held in memory and stored at the next chance.
func (s *installs) renew(ctx context.Context, i installation) (installation, error) {
	a := s.adapter
	ctx = context.WithoutCancel(ctx) // the answer must not get lost
	if i.Refresh != "" && a.now().Add(refreshAhead).After(i.Expires) {
		got, err := slackgo.RefreshOAuthV2TokenContext(ctx, a.web, a.cfg.ClientID, a.cfg.ClientSecret.Reveal(), i.Refresh, slackgo.OAuthOptionAPIURL(a.cfg.API))
		if err == nil && (got.AccessToken == "" || got.RefreshToken == "") {
			err = errors.New("the answer holds no tokens")
		}
		if err != nil {
			if a.now().Before(i.Expires) {
				s.mu.Lock()
				s.tried[i.Tenant] = a.now()
				s.mu.Unlock()
				a.log.Warn("a token could not be refreshed yet", "tenant", i.Tenant, "err", clean(err))
				return i, nil
			}
			return i, fmt.Errorf("slack: refresh the token of %q: %w", i.Tenant, clean(err))
		}
		i.Token, i.Refresh, i.Expires = got.AccessToken, got.RefreshToken, a.now().Add(time.Duration(got.ExpiresIn)*time.Second)
	}
	if err := s.save(ctx, i); err != nil {
		a.log.Error("a refreshed token could not be stored; it is held in memory", "tenant", i.Tenant, "err", err)
		s.mu.Lock()
		s.unsaved[i.Tenant] = i
		s.mu.Unlock()
	}
	return i, nil
}

// put stores a new installation.
func (s *installs) put(ctx context.Context, i installation) error {
	return s.locked(i.Tenant, func() error { return s.save(ctx, i) })
}

// remove forgets an installation that ended at a moment, unless it was made
// after that: Slack may tell late, when the app is installed again.
func (s *installs) remove(ctx context.Context, tenant string, ended time.Time) error {
	return s.locked(tenant, func() error {
		i, err := s.load(ctx, tenant)
		if errors.Is(err, bot.ErrNotFound) {
			return nil
		}
		if err == nil && ended.Unix() < i.Installed.Unix() {
			s.adapter.log.Info("a late farewell of an earlier installation", "tenant", tenant)
			return nil
		}
		s.mu.Lock()
		delete(s.unsaved, tenant)
		s.mu.Unlock()
		if err := s.shelf.Delete(ctx, tenant); err != nil && !errors.Is(err, bot.ErrNotFound) {
			return fmt.Errorf("slack: remove the installation of %q: %w", tenant, err)
		}
		s.adapter.log.Info("uninstalled", "tenant", tenant)
		return nil
	})
}

package slack

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"roadmapbot/bot"
)

// keyring seals and opens what is stored. The first key seals, all open, so a
// new key is put in front and the old one removed once nothing uses it.
type keyring struct {
	first string
	of    map[string]cipher.AEAD
}

// parseKeys reads "name:base64,name:base64"; each key has 32 bytes.
func parseKeys(s bot.Secret) (keyring, error) {
	k := keyring{of: map[string]cipher.AEAD{}}
	if s == "" {
		return k, errors.New("slack: the key that seals stored tokens is missing (name:base64 of 32 random bytes): give " + setting("keys"))
	}
	for part := range strings.SplitSeq(s.Reveal(), ",") {
		id, text, ok := strings.Cut(strings.TrimSpace(part), ":")
		raw, err := base64.StdEncoding.DecodeString(text)
		if !ok || id == "" || len(id) > 64 || err != nil || len(raw) != 32 || k.of[id] != nil {
			return keyring{}, errors.New("slack: a key that seals stored tokens must read name:base64 of 32 random bytes, each name once: look at " + setting("keys"))
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return keyring{}, fmt.Errorf("slack: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return keyring{}, fmt.Errorf("slack: %w", err)
		}
		k.of[id] = aead
		if k.first == "" {
			k.first = id
		}
	}
	return k, nil
}

// sealVersion marks the layout: version, length of the key id, key id, sealed bytes.
const sealVersion = 1

// bound is the additional data: a sealed row opens in its own place only.
func bound(keyID, row string) []byte { return []byte("slack\x00" + keyID + "\x00" + row) }

// seal encrypts a row.
func (k keyring) seal(row string, plain []byte) []byte {
	out := append([]byte{sealVersion, byte(len(k.first))}, k.first...)
	return k.of[k.first].Seal(out, nil, plain, bound(k.first, row)) //nolint:gosec // the cipher makes a random nonce itself
}

// open decrypts a row, and tells whether it was sealed under an older key.
func (k keyring) open(row string, sealed []byte) (plain []byte, old bool, err error) {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return nil, false, errors.New("slack: a stored installation is damaged")
	}
	id := string(sealed[2 : 2+int(sealed[1])])
	aead := k.of[id]
	if aead == nil {
		return nil, false, fmt.Errorf("slack: a stored installation was sealed under the key %.64q, which is not given", id)
	}
	plain, err = aead.Open(nil, nil, sealed[2+len(id):], bound(id, row))
	if err != nil {
		return nil, false, errors.New("slack: a stored installation does not open: wrong key or damaged row")
	}
	return plain, id != k.first, nil
}

// random is fresh randomness in a form that fits addresses and cookies.
func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

package discord

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"
)

// Discord knows a message by its nonce for a few minutes only, and does not keep it.
// So a message that has to be found again carries a mark of its own: as the id of
// its first row of buttons, which nobody sees, or, without buttons, as small print.

// nonce is the key as Discord takes it: 24 of at most 25 characters.
func nonce(key string) string {
	sum := sha256.Sum256([]byte("nonce " + key))
	return base32.StdEncoding.EncodeToString(sum[:15])
}

// mark is the key as the id of a component: 31 bits, and above the small numbers
// that Discord gives by itself.
func mark(key string) int32 {
	sum := sha256.Sum256([]byte("mark " + key))
	return int32(binary.BigEndian.Uint32(sum[:])&(markBit-1)) | markBit
}

const markBit = 1 << 30

// small print begins with smallPrint, the mark in base 36 follows.
const smallPrint = "Message "

// stamp puts a mark on the card; zero is none.
func (c *card) stamp(mark int32) {
	switch {
	case mark == 0:
	case len(c.Components) > 0:
		c.Components[0].ID = mark
	default:
		c.Embeds[len(c.Embeds)-1].Footer = &footer{Text: smallPrint + strconv.FormatInt(int64(mark), 36)}
	}
}

// marked is what of a message may bear a mark.
type marked struct {
	Components []struct {
		ID int32 `json:"id"`
	} `json:"components"`
	Embeds []struct {
		Footer struct {
			Text string `json:"text"`
		} `json:"footer"`
	} `json:"embeds"`
}

// mark reads the mark, or zero.
func (m marked) mark() int32 {
	if len(m.Components) > 0 && m.Components[0].ID&markBit != 0 {
		return m.Components[0].ID
	}
	if n := len(m.Embeds); n > 0 {
		text, ok := strings.CutPrefix(m.Embeds[n-1].Footer.Text, smallPrint)
		if v, err := strconv.ParseInt(text, 36, 32); ok && err == nil && v&markBit != 0 {
			return int32(v)
		}
	}
	return 0
}

package discord

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The opcodes of WebSocket frames (RFC 6455, section 5.2) that matter here.
const (
	frameContinuation = 0x0
	frameText         = 0x1
	frameBinary       = 0x2
	frameClose        = 0x8
)

// maxMessage bounds one message of the gateway, in bytes. READY of a bot in 2,500
// servers, the most before sharding, stays below 1 MB with intents 0.
const maxMessage = 4 << 20

// frame is one frame from a server: never masked.
type frame struct {
	final   bool
	opcode  byte
	payload []byte
}

var errFrame = errors.New("malformed WebSocket frame")

// readFrame reads one frame of at most limit bytes, without trusting it.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{final: head[0]&0x80 != 0, opcode: head[0] & 0x0f}
	if head[0]&0x70 != 0 || head[1]&0x80 != 0 {
		return f, errFrame // extensions were not negotiated, and servers don't mask
	}
	size := uint64(head[1] & 0x7f)
	switch size {
	case 126:
		var n [2]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return f, err
		}
		size = uint64(binary.BigEndian.Uint16(n[:]))
	case 127:
		var n [8]byte
		if _, err := io.ReadFull(r, n[:]); err != nil {
			return f, err
		}
		size = binary.BigEndian.Uint64(n[:])
	}
	control := f.opcode >= frameClose
	if control && (size > 125 || !f.final) {
		return f, errFrame
	}
	if size > uint64(limit) {
		return f, fmt.Errorf("%w: %d bytes, at most %d", errFrame, size, limit)
	}
	f.payload = make([]byte, size)
	_, err := io.ReadFull(r, f.payload)
	return f, err
}

// appendFrame appends a final frame from a server.
func appendFrame(out []byte, opcode byte, payload []byte) []byte {
	out = append(out, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n <= 0xffff:
		out = append(out, 126)
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	default:
		out = append(out, 127)
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	return append(out, payload...)
}

// appendMasked appends a final frame from a client, of at most 64 kB.
func appendMasked(out []byte, opcode byte, payload []byte) []byte {
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // never fails
	if n := len(payload); n < 126 {
		out = append(out, 0x80|opcode, 0x80|byte(n))
	} else {
		out = append(out, 0x80|opcode, 0x80|126)
		out = binary.BigEndian.AppendUint16(out, uint16(n))
	}
	out = append(out, mask[:]...)
	for i, b := range payload {
		out = append(out, b^mask[i%4])
	}
	return out
}

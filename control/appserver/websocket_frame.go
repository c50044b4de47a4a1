package appserver

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// opcode says what a frame is, RFC 6455 section 5.2.
type opcode byte

const (
	opContinuation opcode = 0x0
	opText         opcode = 0x1
	opBinary       opcode = 0x2
	opClose        opcode = 0x8
	opPing         opcode = 0x9
	opPong         opcode = 0xA
)

// control says that a frame may stand between those of a message, RFC 6455 section 5.5.
func (o opcode) control() bool { return o&0x8 != 0 }

const (
	bitFin  = 0x80
	bitsRsv = 0x70 // of extensions; we offer none
	bitMask = 0x80

	maxControl = 125 // bytes in a control frame, RFC 6455 section 5.5
)

// frameHead is what stands before a frame's payload.
type frameHead struct {
	op     opcode
	fin    bool
	length int64
}

// readHead reads the head of a server's frame and refuses what RFC 6455 forbids one
// (sections 5.1, 5.2 and 5.5), or one of a message with more than limit bytes.
func readHead(r io.Reader, limit int64) (frameHead, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return frameHead{}, err
	}
	h := frameHead{op: opcode(b[0] & 0xF), fin: b[0]&bitFin != 0, length: int64(b[1] &^ bitMask)}
	if b[0]&bitsRsv != 0 || b[1]&bitMask != 0 {
		return h, fmt.Errorf("%w: a frame with reserved bits or a mask", ErrProtocol)
	}
	if h.op > opPong || h.op > opBinary && !h.op.control() {
		return h, fmt.Errorf("%w: a frame of the unknown kind %d", ErrProtocol, h.op)
	}
	if h.op.control() && (h.length > maxControl || !h.fin) {
		return h, fmt.Errorf("%w: a control frame in parts or of more than %d bytes", ErrProtocol, maxControl)
	}
	if h.length > maxControl { // 126 and 127: the length stands in the next 2 or 8 bytes
		size := 2
		if h.length == 127 {
			size = 8
		}
		if _, err := io.ReadFull(r, b[8-size:]); err != nil {
			return h, noEnd(err)
		}
		clear(b[:8-size])
		h.length = int64(min(binary.BigEndian.Uint64(b[:]), math.MaxInt64))
	}
	if h.length > limit && !h.op.control() {
		return h, fmt.Errorf("%w: a message of more than %d bytes", ErrProtocol, maxFrame)
	}
	return h, nil
}

// noEnd says that a connection ended inside a frame, where it did.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// clientFrame makes a whole frame, masked with a key that nobody can foresee, as
// a client's must be: RFC 6455 sections 5.1 and 5.3.
func clientFrame(op opcode, payload []byte) []byte {
	frame := make([]byte, 0, 14+len(payload))
	frame = append(frame, bitFin|byte(op))
	switch n := len(payload); {
	case n <= maxControl:
		frame = append(frame, bitMask|byte(n))
	case n <= 0xFFFF:
		frame = binary.BigEndian.AppendUint16(append(frame, bitMask|126), uint16(n))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, bitMask|127), uint64(n))
	}
	var key [64]byte // the key of 4 bytes, repeated: its length is a multiple of 4
	rand.Read(key[:4])
	for n := 4; n < len(key); n *= 2 {
		copy(key[n:], key[:n])
	}
	frame = append(frame, key[:4]...)
	head := len(frame)
	frame = append(frame, payload...)
	for rest := frame[head:]; len(rest) > 0; {
		rest = rest[subtle.XORBytes(rest, rest, key[:]):]
	}
	return frame
}

// Checks what a package says of the log with Go's own libraries for its checksum database, and with nothing of ours.
//
// outsider proof VKEY PROOF ENTRY: the entry (a line) is in the log that signed the checkpoint in the proof.
// outsider growth VKEY OLD NEW HASHES: the newer checkpoint's log goes on from the older one's (a hash in each line).
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	var fault error
	switch os.Args[1] {
	case "proof":
		fault = proof(read(2), read(3), read(4))
	case "growth":
		fault = growth(read(2), read(3), read(4), read(5))
	}
	if fault != nil {
		fmt.Println(fault)
		os.Exit(1)
	}
	fmt.Println("holds")
}

func proof(vkey, written, entry string) error {
	head, checkpoint, _ := strings.Cut(written, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("no proof of c2sp.org/tlog-proof@v1")
	}
	index, fault := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if fault != nil {
		return fault
	}
	path, fault := hashes(lines[2:])
	if fault != nil {
		return fault
	}
	size, root, fault := tree(vkey, checkpoint)
	if fault != nil {
		return fault
	}
	return tlog.CheckRecord(path, size, root, index, tlog.RecordHash([]byte(entry)))
}

func growth(vkey, old, newer, written string) error {
	oldSize, oldRoot, fault := tree(vkey, old)
	if fault != nil {
		return fault
	}
	size, root, fault := tree(vkey, newer)
	if fault != nil {
		return fault
	}
	path, fault := hashes(strings.Fields(written))
	if fault != nil {
		return fault
	}
	return tlog.CheckTree(path, size, root, oldSize, oldRoot)
}

func tree(vkey, checkpoint string) (int64, tlog.Hash, error) {
	key, fault := note.NewVerifier(strings.TrimSpace(vkey))
	if fault != nil {
		return 0, tlog.Hash{}, fault
	}
	signed, fault := note.Open([]byte(checkpoint), note.VerifierList(key))
	if fault != nil {
		return 0, tlog.Hash{}, fault
	}
	lines := strings.Split(signed.Text, "\n")
	size, fault := strconv.ParseInt(lines[1], 10, 64)
	if fault != nil {
		return 0, tlog.Hash{}, fault
	}
	root, fault := tlog.ParseHash(lines[2])
	return size, root, fault
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		raw, fault := base64.StdEncoding.DecodeString(line)
		if fault != nil {
			return nil, fault
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		found = append(found, hash)
	}
	return found, nil
}

func read(argument int) string {
	content, fault := os.ReadFile(os.Args[argument])
	if fault != nil {
		fmt.Println(fault)
		os.Exit(2)
	}
	return string(content)
}

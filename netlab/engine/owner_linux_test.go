package engine

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestOwnerOfRealProcesses(t *testing.T) {
	self := thisProcess()
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	start, _, ok := readStat(child.Process.Pid)
	if !ok {
		t.Fatal("got no start time of a child")
	}
	o := owner{boot: self.boot, pidNS: self.pidNS, pid: child.Process.Pid, start: start}
	if got := self.sees(o, findProcess); got != living {
		t.Errorf("a child: got %d, want living", got)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for self.sees(o, findProcess) != dead { // a zombie, because it has not been reaped
		if time.Now().After(deadline) {
			t.Fatal("a killed child that was not waited for is not dead")
		}
		time.Sleep(time.Millisecond)
	}
	_ = child.Wait() // killed
	if got := self.sees(o, findProcess); got != dead {
		t.Errorf("a child that ended: got %d, want dead", got)
	}
	if got := self.sees(parseOwner(self.String()), findProcess); got != living || self.pid != os.Getpid() {
		t.Errorf("this process: got %d, want living", got)
	}
}

package lab

import (
	"context"

	"netlab/netlab/engine"
)

// A volume is one that the lab creates.
type volume struct {
	name string // in the scenario
	id   string // on the engine
	made *gate  // opens once id is valid
}

// make creates the volume.
func (v *volume) make(ctx context.Context, session *engine.Session) (err error) {
	v.id, err = session.CreateVolume(ctx, v.name)
	return err
}

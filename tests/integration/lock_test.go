package integration

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gruntwork-io/terratest/modules/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// applied is how an apply ended.
type applied struct {
	said string
	err  error
}

// Of two who apply one state while a third is at work, one is refused and one waits; the state then has what both made.
func TestOneStateIsAppliedByOneAtATimeAndNothingIsLost(t *testing.T) {
	bucket := stateBucket(t)
	folder := t.TempDir()
	worker := func(patience string, names ...string) *terraform.Options {
		options := keptIn(bucket, copied(t, "locked"))
		options.LockTimeout = patience
		options.Vars = map[string]any{"names": names, "folder": folder}
		terraform.InitContext(t, t.Context(), options)
		return options
	}
	first, refused, waiting := worker("0s", "a"), worker("0s", "b"), worker("120s", "a", "c")

	firstEnds := begun(t, first)
	require.Eventually(t, func() bool {
		_, err := os.Stat(filepath.Join(folder, "begun"))
		return err == nil
	}, time.Minute, 50*time.Millisecond)

	_, err := terraform.ApplyContextE(t, t.Context(), refused)
	require.ErrorContains(t, err, "Error acquiring the state lock")
	assert.ErrorContains(t, err, "PreconditionFailed")

	waitingEnds := begun(t, waiting)
	select {
	case early := <-waitingEnds:
		t.Fatalf("it did not wait: %s %v", early.said, early.err)
	case <-time.After(3 * time.Second):
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "go-on"), nil, 0o600))

	made, then := <-firstEnds, <-waitingEnds
	require.NoError(t, made.err)
	require.NoError(t, then.err)
	assert.Contains(t, made.said, "1 added, 0 changed, 0 destroyed")
	assert.Contains(t, then.said, "1 added, 0 changed, 0 destroyed")
	state := terraform.RunTerraformCommandAndGetStdoutContext(t, t.Context(), first, "state", "list")
	assert.Equal(t, "terraform_data.this[\"a\"]\nterraform_data.this[\"c\"]", state)
}

// begun is an apply that goes on beside the test.
func begun(t *testing.T, options *terraform.Options) <-chan applied {
	ends := make(chan applied, 1)
	go func() {
		said, err := terraform.ApplyContextE(t, t.Context(), options)
		ends <- applied{said, err}
	}()
	return ends
}

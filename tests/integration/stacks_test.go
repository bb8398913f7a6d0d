// Package integration applies small stacks of terraform/modules to simulated AWS, with Terratest.
package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gruntwork-io/terratest/modules/terraform"
	"github.com/stretchr/testify/require"
)

// TestMain lets nothing run that is not pointed at this machine.
func TestMain(m *testing.M) {
	if !strings.HasPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:") {
		panic("AWS_ENDPOINT_URL is not simulated AWS on 127.0.0.1: `make integration` starts it and runs these tests")
	}
	os.Exit(m.Run())
}

// copied is a stack in a folder of its own, beside the modules, so that nothing is written into the repository.
func copied(t *testing.T, stack string) *terraform.Options {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(folder, "modules"), os.DirFS("../../terraform/modules")))
	require.NoError(t, os.CopyFS(filepath.Join(folder, stack), os.DirFS(stack)))
	return &terraform.Options{
		TerraformBinary: "terraform",
		TerraformDir:    filepath.Join(folder, stack),
		PluginDir:       os.Getenv("TERRAFORM_REAL_PLUGINS"),
		NoColor:         true,
		Lock:            true,
	}
}

// keptIn is the stack with its state in the bucket, under a key of the live tree's form, locked by S3.
func keptIn(bucket string, options *terraform.Options) *terraform.Options {
	options.BackendConfig = map[string]any{
		"bucket":       bucket,
		"key":          "main/us-east-1/" + filepath.Base(options.TerraformDir) + "/terraform.tfstate",
		"region":       "us-east-1",
		"encrypt":      true,
		"use_lockfile": true,
	}
	return options
}

// stateBucket makes a bucket for states, of this test's own.
func stateBucket(t *testing.T) string {
	t.Helper()
	bucket := copied(t, "state")
	terraform.InitAndApplyContext(t, t.Context(), bucket)
	return terraform.OutputContext(t, t.Context(), bucket, "bucket")
}

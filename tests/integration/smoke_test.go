package integration

import (
	"regexp"
	"testing"

	"github.com/gruntwork-io/terratest/modules/terraform"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Network, roles and replicated buckets are made in two accounts, then there is nothing to change, and all of it can go.
func TestSmokeStackIsMadeSettlesAndGoes(t *testing.T) {
	stack := keptIn(stateBucket(t), copied(t, "smoke"))

	made := counted(t, `(\d+) added, 0 changed, 0 destroyed`, terraform.InitAndApplyContext(t, t.Context(), stack))
	assert.Equal(t, 0, terraform.PlanExitCodeContext(t, t.Context(), stack))

	subnets := terraform.OutputMapContext(t, t.Context(), stack, "private_subnet_ids")
	assert.Len(t, subnets, 2)
	assert.Contains(t, subnets, "usw2-az1")
	roles := terraform.OutputMapContext(t, t.Context(), stack, "eks_role_arns")
	assert.Equal(t, "arn:aws:iam::483026362307:role/smoke-eks-node", roles["node"])
	assert.Equal(t, "us-west-2", terraform.OutputContext(t, t.Context(), stack, "replica_region"))
	assert.Equal(t, map[string]any{"datasets/": "Disabled", "models/": "Enabled"}, deleteMarkersByPrefix(t, stack))

	gone := counted(t, `(\d+) destroyed`, terraform.DestroyContext(t, t.Context(), stack))
	assert.Equal(t, made, gone)
}

// deleteMarkersByPrefix is what S3 has of the rules of replication, as the plan's refresh read it, all to the replica.
func deleteMarkersByPrefix(t *testing.T, stack *terraform.Options) map[string]any {
	t.Helper()
	found := map[string]any{}
	plan := terraform.InitAndPlanAndShowWithStructNoLogTempPlanFileContext(t, t.Context(), stack)
	change, there := plan.ResourceChangesMap["module.replication.aws_s3_bucket_replication_configuration.this"]
	require.True(t, there)
	for _, each := range change.Change.Before.(map[string]any)["rule"].([]any) {
		rule := each.(map[string]any)
		filter := rule["filter"].([]any)[0].(map[string]any)
		destination := rule["destination"].([]any)[0].(map[string]any)
		assert.Equal(t, "arn:aws:s3:::smoke-data-159553542841", destination["bucket"])
		found[filter["prefix"].(string)] = rule["delete_marker_replication"].([]any)[0].(map[string]any)["status"]
	}
	return found
}

// counted is the number that a pattern's group has in what Terraform said.
func counted(t *testing.T, pattern string, said string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(said)
	require.NotNil(t, found, "no %q in %q", pattern, said)
	assert.NotEqual(t, "0", found[1])
	return found[1]
}

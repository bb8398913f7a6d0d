{% include "snippets/head.txt" %}
aws sagemaker create-training-job --region {{ region }} --cli-input-json '{
  "TrainingJobName": "JOB_NAME",
  "RoleArn": "ROLE_ARN",
  "AlgorithmSpecification": {"TrainingImage": "IMAGE_URI", "TrainingInputMode": "File"},
  "OutputDataConfig": {"S3OutputPath": "S3_OUTPUT"},
  "CheckpointConfig": {"S3Uri": "S3_CHECKPOINTS"},
  "ResourceConfig": {
    "InstanceType": {{ instance_type }},
    "InstanceCount": {{ count }},
    "TrainingPlanArn": {{ id }}
  },
  "StoppingCondition": {"MaxRuntimeInSeconds": {{ seconds }}}
}'

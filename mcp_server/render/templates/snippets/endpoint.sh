{% include "snippets/head.txt" %}
aws sagemaker create-endpoint-config --region {{ region }} --cli-input-json '{
  "EndpointConfigName": "CONFIG_NAME",
  "ProductionVariants": [
    {
      "VariantName": "VARIANT_NAME",
      "ModelName": "MODEL_NAME",
      "InstanceType": {{ instance_type }},
      "InitialInstanceCount": {{ count }},
      "CapacityReservationConfig": {
        "CapacityReservationPreference": "capacity-reservations-only",
        "MlReservationArn": {{ id }}
      }
    }
  ]
}'

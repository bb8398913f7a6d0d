{% include "snippets/head.txt" %}
aws ec2 create-launch-template --region {{ region }} --cli-input-json '{
  "LaunchTemplateName": "TEMPLATE_NAME",
  "LaunchTemplateData": {
    "ImageId": "IMAGE_ID",
    "InstanceType": {{ instance_type }},
    "InstanceMarketOptions": {"MarketType": "capacity-block"},
    "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": {{ id }}}},
    "SecurityGroupIds": ["SECURITY_GROUP_ID"]
  }
}'

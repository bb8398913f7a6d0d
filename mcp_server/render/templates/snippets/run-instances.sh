{% include "snippets/head.txt" %}
aws ec2 run-instances --region {{ region }} --cli-input-json '{
  "ImageId": "IMAGE_ID",
  "InstanceType": {{ instance_type }},
  "MinCount": {{ count }},
  "MaxCount": {{ count }},
  "InstanceMarketOptions": {"MarketType": "capacity-block"},
  "CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": {{ id }}}},
  "SubnetId": "SUBNET_ID",
  "SecurityGroupIds": ["SECURITY_GROUP_ID"]
}'

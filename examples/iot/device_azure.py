"""A device on Microsoft's own client: five telemetry messages to the broker in the hub's place."""

import json
import sys

from azure.iot.device import X509, IoTHubDeviceClient, Message

pki, device = sys.argv[1:]
client = IoTHubDeviceClient.create_from_x509_certificate(
    x509=X509(f"{pki}/{device}/fullchain.pem", f"{pki}/{device}/key.pem"),
    hostname="contoso-hub.azure-devices.net",
    device_id=device.removeprefix("device-"),
    gateway_hostname="localhost",
    server_verification_cert=open(f"{pki}/root/cert.pem").read(),
    connection_retry=False,
)
client.connect()
for number in range(5):
    temperature, humidity = 20 + 3 * number, 60 + number
    message = Message(json.dumps({"temperature": temperature, "humidity": humidity}))
    message.content_type, message.content_encoding = "application/json", "utf-8"
    message.custom_properties["temperatureAlert"] = "true" if temperature > 30 else "false"
    client.send_message(message)
    print("sent", message.data, flush=True)
client.shutdown()

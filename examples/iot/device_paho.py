"""A device on paho-mqtt: five telemetry messages, in the hub's own way of naming topics and users.

device_paho.py PKI ENTITY PORT [DEVICE]: DEVICE is the id to write as, if not the entity's own.
Ends with 0 if the broker took all messages, else with 1.
"""

import json
import ssl
import sys
import threading

import paho.mqtt.client as mqtt

pki, entity, port, *other = sys.argv[1:]
own = entity.removeprefix("device-")
device = other[0] if other else own
connected, taken = threading.Event(), threading.Semaphore(0)


def on_connect(client, userdata, flags, code):
    if code == 0:
        connected.set()


def on_publish(client, userdata, mid):
    taken.release()


client = mqtt.Client(client_id=f"{own}-paho", protocol=mqtt.MQTTv311)
client.on_connect, client.on_publish = on_connect, on_publish
if entity != "nobody":
    client.tls_set(f"{pki}/root/cert.pem", f"{pki}/{entity}/fullchain.pem", f"{pki}/{entity}/key.pem")
else:
    client.tls_set(f"{pki}/root/cert.pem")
client.username_pw_set(f"contoso-hub.azure-devices.net/{own}/?api-version=2021-04-12")
try:
    client.connect("localhost", int(port), keepalive=10)
except (ssl.SSLError, OSError) as error:
    sys.exit(f"refused: {error}")
client.loop_start()
if not connected.wait(5):
    sys.exit("refused: the broker did not take the connection")
alert = lambda temperature: "true" if temperature > 30 else "false"
for number in range(5):
    temperature = 20 + 3 * number
    topic = f"devices/{device}/messages/events/temperatureAlert={alert(temperature)}"
    client.publish(topic, json.dumps({"temperature": temperature, "humidity": 60 + number}), qos=1)
for _ in range(5):
    if not taken.acquire(timeout=5):
        sys.exit("refused: a message was not taken")
client.disconnect()
client.loop_stop()

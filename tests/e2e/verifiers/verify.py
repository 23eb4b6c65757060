"""Verifies one delivery with the official library: python verify.py < delivery.json"""

import base64
import json
import sys

from standardwebhooks.webhooks import Webhook

delivery = json.load(sys.stdin)
body = base64.b64decode(delivery["body"]).decode()
print(json.dumps(Webhook(delivery["secret"]).verify(body, delivery["headers"])))

"""A source of market data in Python. Start the server with DATAFEED=external EXTERNAL_SYMBOLS=ACME and an ADMIN_TOKEN."""
import json, os, random, time, urllib.request

URL = os.environ.get("ADMIN_URL", "http://127.0.0.1:9464") + "/admin/v1/trades/ACME"
HEADERS = {"authorization": "Bearer " + os.environ["ADMIN_TOKEN"], "content-type": "application/json"}
TRADES = int(os.environ.get("TRADES", "0"))  # 0: without end

price, sent = 100.0, 0
while TRADES == 0 or sent < TRADES:
    price = max(1, round(price + random.gauss(0, 0.05), 2))
    trade = {"price": price, "qty": random.randint(1, 100), "side": random.choice([1, -1])}
    book = {"bids": [{"price": round(price - 0.01, 2), "qty": 500}], "asks": [{"price": round(price + 0.01, 2), "qty": 500}]}
    body = json.dumps({"trades": [trade], "book": book}).encode()
    with urllib.request.urlopen(urllib.request.Request(URL, body, HEADERS)) as reply:
        sent += reply.status == 204
    time.sleep(float(os.environ.get("PAUSE_S", "0.5")))
print("sent", sent, "trades, the last at", price)

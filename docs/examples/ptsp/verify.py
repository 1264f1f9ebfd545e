"""Says whether a post is ours: verify.py SECRET-FILE ID TIMESTAMP SIGNATURE BODY-FILE"""
import hashlib, hmac, sys, time


def is_ours(id, timestamp, signature, body, secrets, tolerance=300):
    """body: the bytes as they came, before anything has read them as JSON. tolerance: seconds; None for any."""
    if tolerance is not None and abs(time.time() - int(timestamp)) > tolerance:
        return False
    message = f"{id}.{timestamp}.".encode() + body
    expected = ["v1=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest() for secret in secrets]
    given = [part.strip() for part in signature.split(",")]
    return any(hmac.compare_digest(left, right) for left in expected for right in given)


if __name__ == "__main__":
    secret_file, id, timestamp, signature, body_file = sys.argv[1:]
    secrets = open(secret_file).read().split()
    ok = is_ours(id, timestamp, signature, open(body_file, "rb").read(), secrets, tolerance=None)
    print("right" if ok else "wrong")
    sys.exit(0 if ok else 1)

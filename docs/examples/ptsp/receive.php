<?php
// Takes our posts: keep what is new, answer 2xx, work on it afterwards.
function is_ours(string $id, string $timestamp, string $signature, string $body, array $secrets): bool {
    if (abs(time() - (int) $timestamp) > 300) return false;
    foreach ($secrets as $secret) {
        $expected = 'v1=' . hash_hmac('sha256', "$id.$timestamp.$body", $secret);
        foreach (explode(',', $signature) as $given) {
            if (hash_equals($expected, trim($given))) return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
[$id, $timestamp, $signature] = array_map(
    fn($name) => $_SERVER["HTTP_WEBHOOK_$name"] ?? '', ['ID', 'TIMESTAMP', 'SIGNATURE']);
if (!is_ours($id, $timestamp, $signature, $body, [getenv('PERISAI_SECRET')])) {
    http_response_code(401);
    exit;
}
// $id is the key of your table of answers: an insert that finds it there already changes nothing.
$event = json_decode($body, true);
http_response_code(204);

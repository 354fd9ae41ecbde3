/**
 * A certificate that signs itself, for 127.0.0.1 and mail.rollcall.test, and its key: for TLS servers in tests, and
 * trusted by nothing else. Made once, good for a hundred years, so that no test depends on the day it runs.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBtjCCAVygAwIBAgIUerZJi6t/QNt4q7/63gclPEE8AhgwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSbWFpbC5yb2xsY2FsbC50ZXN0MCAXDTI2MTEyMTIyMzI0OFoY
DzIxMjYxMDI4MjIzMjQ4WjAdMRswGQYDVQQDDBJtYWlsLnJvbGxjYWxsLnRlc3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQEnt5SSPYBvRTc8SyzaYHBowABvDZA
5zyBD+RJPeNkA+9wWgES08u2pkTzlAg7wuRs48ghxNzqghDBww61fmP3o3gwdjAd
BgNVHQ4EFgQUc8j2OejlIUnfj4jZho03uK8MMWswHwYDVR0jBBgwFoAUc8j2Oejl
IUnfj4jZho03uK8MMWswDwYDVR0TAQH/BAUwAwEB/zAjBgNVHREEHDAaghJtYWls
LnJvbGxjYWxsLnRlc3SHBH8AAAEwCgYIKoZIzj0EAwIDSAAwRQIhAPPa2eaYWpQ2
uIPHtQ2y0SFtDFsqy8rw3foXLsjeyiAQAiAZmBLZziT1TeobewtZzi/XvwfqrJWW
t0AOsZz0os9qxg==
-----END CERTIFICATE-----
`;

export const CERTIFICATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+M6mYKKvIQVEJTd0
MFGdIXQKMEKgWrHqBg4zMfpnWzihRANCAAQEnt5SSPYBvRTc8SyzaYHBowABvDZA
5zyBD+RJPeNkA+9wWgES08u2pkTzlAg7wuRs48ghxNzqghDBww61fmP3
-----END PRIVATE KEY-----
`;

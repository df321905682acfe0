/**
 * A certificate for `shop.example`, signed by itself and good from 2020 to 2120, with its key: for tests of TLS on loopback, worth
 * nothing anywhere else. Made with `openssl ecparam -name prime256v1 -genkey` and `openssl ca -selfsign`.
 */
export const TLS_HOST = 'shop.example';
export const TLS_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBazCCARCgAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxzaG9wLmV4
YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBcxFTATBgNV
BAMMDHNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABORVlQ7M
mCKEGYZwfwBXd1Bxum3cJ6lAlIDTHDJkGFTzQ8c8k2DMiiRGF0udgaBIy/KixW3P
p73OruIlfDIINQ2jSzBJMA8GA1UdEwEB/wQFMAMBAf8wFwYDVR0RBBAwDoIMc2hv
cC5leGFtcGxlMB0GA1UdDgQWBBT+TuBqyljwEiMeZo83cP1Qn4TeizAKBggqhkjO
PQQDAgNJADBGAiEA+f2x5/u5c4gKmB8YF535mNRElsK/E86qWj79PskGBvcCIQDg
VCuksBC8RfMMYt4V692CmvX9uDoVBBfMUwMlz15F9Q==
-----END CERTIFICATE-----`;
export const TLS_KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIOtK1zy4qEcXhlSXXT9u2efitxm7Bm/kfXYS1a6LJN/NoAoGCCqGSM49
AwEHoUQDQgAE5FWVDsyYIoQZhnB/AFd3UHG6bdwnqUCUgNMcMmQYVPNDxzyTYMyK
JEYXS52BoEjL8qLFbc+nvc6u4iV8Mgg1DQ==
-----END EC PRIVATE KEY-----`;

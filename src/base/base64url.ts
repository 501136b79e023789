const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Bytes, given in lower-case hex, as base64url without padding (RFC 4648 §5). */
export function base64urlOfHex(hex: string): string {
	let out = '';
	let bits = 0;
	let held = 0;
	for (const digit of hex) {
		held = (held << 4) | parseInt(digit, 16);
		bits += 4;
		if (bits >= 6) {
			bits -= 6;
			out += ALPHABET.charAt(held >> bits);
			held &= (1 << bits) - 1;
		}
	}
	return bits === 0 ? out : out + ALPHABET.charAt(held << (6 - bits));
}

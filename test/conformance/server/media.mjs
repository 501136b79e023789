/** The smallest picture there is: one red pixel, PNG, base64. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** Eight samples of silence: a WAV file, base64. */
export const WAV = silentWav(8).toString('base64');

function silentWav(samples) {
	const head = Buffer.alloc(44);
	head.write('RIFF', 0, 'latin1');
	head.writeUInt32LE(36 + samples, 4);
	head.write('WAVEfmt ', 8, 'latin1');
	head.writeUInt32LE(16, 16);
	head.writeUInt16LE(1, 20);
	head.writeUInt16LE(1, 22);
	head.writeUInt32LE(8000, 24);
	head.writeUInt32LE(8000, 28);
	head.writeUInt16LE(1, 32);
	head.writeUInt16LE(8, 34);
	head.write('data', 36, 'latin1');
	head.writeUInt32LE(samples, 40);
	return Buffer.concat([head, Buffer.alloc(samples, 0x80)]);
}

/** A result of one text. */
export const said = text => ({ content: [{ type: 'text', text }] });

/** A text file inside a result. */
export const textFile = (uri, text, mimeType = 'text/plain') => ({
	type: 'resource',
	resource: { uri, mimeType, text },
});

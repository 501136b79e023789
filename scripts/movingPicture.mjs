// Makes media/demo.gif from the pictures that the end-to-end suite "The product" leaves in test-output/e2e:
//   npm run test:e2e -- --grep "The product" && node scripts/movingPicture.mjs
// From the first look to the audit panel, a step every two seconds. Prints its size; fails where that is above the limit.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import gifenc from 'gifenc';
import { PNG } from 'pngjs';
import { root } from './lib/install.mjs';

const { applyPalette, GIFEncoder, quantize } = gifenc;

/** In their order; how long each stays, milliseconds. What is to be read stays longer. */
const STEPS = [
	['review-filesystem', 2600],
	['step-guarded', 1800],
	['step-read', 2200],
	['refused-passwd', 2800],
	['modal', 3600],
	['step-written', 2200],
	['quarantine', 3200],
	['panel', 4000],
];
const WIDTH = 900;
const LIMIT = 600_000;
/** One of 64 is kept for "as before". */
const COLOURS = 63;

const folder = path.join(root, 'test-output/e2e');
const frames = STEPS.map(([name, delay]) => {
	const file = path.join(folder, `${name}.png`);
	if (!existsSync(file)) throw new Error(`No ${file}: run npm run test:e2e -- --grep "The product" first.`);
	return { ...smaller(PNG.sync.read(readFileSync(file))), delay };
});
const gif = movingPicture(frames);
const out = path.join(root, 'media/demo.gif');
writeFileSync(out, gif);
console.log(`${out}: ${frames.length} steps, ${frames[0].width} × ${frames[0].height}, ${gif.length} bytes`);
process.exitCode = gif.length > LIMIT ? 1 : 0;

/** One palette for all, and of each step only what differs from the one before. */
function movingPicture(all) {
	const pixels = Buffer.concat(all.map(({ data }) => data));
	const palette = quantize(pixels, COLOURS, { format: 'rgb565' });
	const same = palette.length;
	const full = [...palette, [0, 0, 0]];
	const encoder = GIFEncoder();
	let before;
	for (const { data, width, height, delay } of all) {
		const now = applyPalette(data, palette, 'rgb565');
		const drawn = before === undefined ? now : now.map((colour, at) => (colour === before[at] ? same : colour));
		encoder.writeFrame(drawn, width, height, {
			...(before === undefined && { palette: full, repeat: 0 }),
			...{ delay, dispose: 1, transparent: before !== undefined, transparentIndex: same },
		});
		before = now;
	}
	encoder.finish();
	return Buffer.from(encoder.bytes());
}

/** Scaled down to the width: each pixel is the mean of those that it stands for. */
function smaller({ width, height, data }) {
	const scale = width / WIDTH;
	const rows = Math.round(height / scale);
	const small = Buffer.alloc(WIDTH * rows * 4);
	for (let y = 0; y < rows; y++) {
		for (let x = 0; x < WIDTH; x++) {
			small.set(meanOf(data, width, height, x * scale, y * scale, scale), (y * WIDTH + x) * 4);
		}
	}
	return { width: WIDTH, height: rows, data: small };
}

function meanOf(data, width, height, left, top, size) {
	const sum = [0, 0, 0];
	let weight = 0;
	for (let y = Math.floor(top); y < Math.min(height, top + size); y++) {
		const high = Math.min(y + 1, top + size) - Math.max(y, top);
		for (let x = Math.floor(left); x < Math.min(width, left + size); x++) {
			const part = high * (Math.min(x + 1, left + size) - Math.max(x, left));
			const at = (y * width + x) * 4;
			for (const channel of [0, 1, 2]) sum[channel] += data[at + channel] * part;
			weight += part;
		}
	}
	return [...sum.map(channel => Math.round(channel / weight)), 255];
}

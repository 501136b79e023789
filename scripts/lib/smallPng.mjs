// Screenshots of an editor have few colours: with a palette of 64 they take a quarter of the bytes, and look the same.
//   node scripts/lib/smallPng.mjs FILE.png…
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const COLOURS = 64;
const ROUNDS = 6;

/**
 * The same picture with a palette of at most 64 colours.
 *
 * @param {Buffer} png 8 bits for each of red, green and blue (with alpha or without, which is dropped), not interlaced
 * @returns {Buffer} a PNG of colour type 3 (PNG §11.2.2)
 */
export function smallPng(png) {
	const { width, height, pixels } = decode(png);
	const counts = new Map();
	for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
	const colours = [...counts].map(([rgb, count]) => ({ rgb: [rgb >> 16, (rgb >> 8) & 255, rgb & 255], count }));
	let palette = cut(colours).map(mean);
	let nearest = [];
	for (let round = 0; round < ROUNDS; round++) {
		nearest = colours.map(({ rgb }) => nearestOf(palette, rgb));
		const groups = palette.map(() => []);
		colours.forEach((colour, index) => groups[nearest[index]].push(colour));
		palette = palette.map((colour, index) => (groups[index].length > 0 ? mean(groups[index]) : colour));
	}
	const entryOf = new Map([...counts.keys()].map((rgb, index) => [rgb, nearest[index]]));
	const rows = Buffer.alloc((width + 1) * height);
	pixels.forEach((rgb, index) => {
		rows[index + Math.floor(index / width) + 1] = entryOf.get(rgb);
	});
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 3, 0, 0, 0], 8);
	const packed = deflateSync(rows, { level: 9, memLevel: 9 });
	const parts = [chunk('IHDR', head), chunk('PLTE', Buffer.from(palette.flat())), chunk('IDAT', packed)];
	return Buffer.concat([SIGNATURE, ...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** Median cut: the box with the most pixels times spread is halved until there are as many as colours. */
function cut(colours) {
	const boxes = [[...colours]];
	while (boxes.length < Math.min(COLOURS, colours.length)) {
		const weights = boxes.map(box => (box.length < 2 ? 0 : Math.sqrt(total(box)) * widest(box).spread));
		const [box] = boxes.splice(weights.indexOf(Math.max(...weights)), 1);
		const { channel } = widest(box);
		box.sort((a, b) => a.rgb[channel] - b.rgb[channel]);
		const half = total(box) / 2;
		let at = 0;
		for (let sum = 0; at < box.length - 1 && (at === 0 || sum + box[at].count <= half); at++) sum += box[at].count;
		boxes.push(box.slice(0, at), box.slice(at));
	}
	return boxes;
}

function widest(box) {
	const spreads = [0, 1, 2].map(channel => {
		let [low, high] = [255, 0];
		for (const { rgb } of box) [low, high] = [Math.min(low, rgb[channel]), Math.max(high, rgb[channel])];
		return high - low;
	});
	const spread = Math.max(...spreads);
	return { spread, channel: spreads.indexOf(spread) };
}

function total(box) {
	return box.reduce((sum, { count }) => sum + count, 0);
}

function mean(box) {
	const all = total(box);
	return [0, 1, 2].map(channel =>
		Math.round(box.reduce((sum, { rgb, count }) => sum + rgb[channel] * count, 0) / all),
	);
}

function nearestOf(palette, [red, green, blue]) {
	let [best, least] = [0, Infinity];
	palette.forEach(([r, g, b], index) => {
		const far = (red - r) ** 2 + (green - g) ** 2 + (blue - b) ** 2;
		if (far < least) [best, least] = [index, far];
	});
	return best;
}

/** Undoes the filters of PNG §9.2. */
function decode(png) {
	const packed = [];
	let head;
	for (let at = SIGNATURE.length; at < png.length;) {
		const length = png.readUInt32BE(at);
		const kind = png.toString('latin1', at + 4, at + 8);
		const data = png.subarray(at + 8, at + 8 + length);
		if (kind === 'IHDR') head = data;
		if (kind === 'IDAT') packed.push(data);
		at += length + 12;
	}
	const [width, height, bytes] = [head.readUInt32BE(0), head.readUInt32BE(4), { 2: 3, 6: 4 }[head[9]]];
	if (head[8] !== 8 || bytes === undefined || head[12] !== 0) {
		throw new Error('only pictures of 8 bits a channel, without a palette and not interlaced, can be made smaller');
	}
	const raw = inflateSync(Buffer.concat(packed));
	const stride = width * bytes;
	const lines = Buffer.alloc(stride * height);
	for (let y = 0; y < height; y++) {
		const filter = raw[y * (stride + 1)];
		for (let x = 0; x < stride; x++) {
			const left = x < bytes ? 0 : lines[y * stride + x - bytes];
			const up = y === 0 ? 0 : lines[(y - 1) * stride + x];
			const corner = x < bytes || y === 0 ? 0 : lines[(y - 1) * stride + x - bytes];
			const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
			lines[y * stride + x] = raw[y * (stride + 1) + 1 + x] + guess;
		}
	}
	const pixels = new Uint32Array(width * height);
	pixels.forEach((_, at) => {
		pixels[at] = lines.readUIntBE(at * bytes, 3);
	});
	return { width, height, pixels };
}

function paeth(left, up, corner) {
	const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
	return a <= b && a <= c ? left : b <= c ? up : corner;
}

function chunk(kind, data) {
	const bytes = Buffer.alloc(data.length + 12);
	bytes.writeUInt32BE(data.length, 0);
	bytes.write(kind, 4, 'latin1');
	data.copy(bytes, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
	return bytes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	for (const file of process.argv.slice(2)) {
		const before = readFileSync(file);
		const after = smallPng(before);
		if (after.length < before.length) writeFileSync(file, after);
		console.log(`${file}: ${before.length} → ${Math.min(before.length, after.length)} bytes`);
	}
}

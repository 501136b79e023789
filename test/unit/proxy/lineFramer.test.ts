import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFramer } from '../../../src/proxy/relay/lineFramer';
import { processorMs } from '../support/processorMs';

function frame(chunks: readonly Uint8Array[], cap?: number, keepPartial = true) {
	const lines: string[] = [];
	const heads: string[] = [];
	let runaways = 0;
	let ends = 0;
	const framer = new LineFramer(
		{
			line: bytes => lines.push(Buffer.from(bytes).toString('latin1')),
			oversize: head => heads.push(Buffer.from(head).toString('latin1')),
			oversizeEnd: () => ends++,
			runaway: () => runaways++,
		},
		cap,
	);
	chunks.forEach(chunk => framer.push(chunk));
	framer.end(keepPartial);
	return { lines, heads, runaways, ends };
}

describe('LineFramer', () => {
	it('PROTO-06: gives the same lines whatever the chunks', () => {
		fc.assert(
			fc.property(
				fc.array(fc.string({ maxLength: 20 }), { maxLength: 10 }),
				fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
				(parts, sizes) => {
					const text = Buffer.from(parts.map(part => part.replace(/[\r\n]/g, '')).join('\n'));
					const chunks: Buffer[] = [];
					for (let at = 0, turn = 0; at < text.length; turn++) {
						const size = sizes[turn % sizes.length]!;
						chunks.push(text.subarray(at, at + size));
						at += size;
					}
					const expected = text
						.toString('latin1')
						.split('\n')
						.filter(line => line !== '');
					expect(frame(chunks).lines).toEqual(expected);
				},
			),
		);
	});

	it('PROTO-05, S-blank, S-crlf: strips CR and ignores blank lines', () => {
		expect(frame([Buffer.from('a\r\n\n\r\nb\n')]).lines).toEqual(['a', 'b']);
	});

	it('S-partialexit: drops half a line at the end unless asked to keep it', () => {
		expect(frame([Buffer.from('a\nhalf')], 100, false).lines).toEqual(['a']);
		expect(frame([Buffer.from('a\nhalf')], 100, true).lines).toEqual(['a', 'half']);
	});

	it('PROTO-07: reports a line over the cap once, drops it and keeps framing', () => {
		const big = Buffer.from(`{"id":1}${'x'.repeat(50)}`);
		const { lines, heads, runaways, ends } = frame([Buffer.from('a\n'), big, big, Buffer.from('\nb\n')], 60);
		expect(lines).toEqual(['a', 'b']);
		expect(heads).toHaveLength(1);
		expect(ends).toBe(1);
		expect(heads[0]).toMatch(/^\{"id":1\}x/);
		expect(runaways).toBe(0);
		expect(frame([Buffer.from('y'.repeat(61) + '\nz\n')], 60)).toMatchObject({ lines: ['z'] });
	});

	it('S-nonewline: tells of a line that does not end', () => {
		expect(
			frame(
				Array.from({ length: 20 }, () => Buffer.alloc(60, 0x79)),
				60,
			).runaways,
		).toBe(1);
	});

	it('takes a 16 MiB line in 4 KiB chunks in linear time', () => {
		const chunk = Buffer.alloc(4096, 0x78);
		const measure = (count: number) => {
			const start = processorMs();
			expect(frame([...Array.from({ length: count }, () => chunk), Buffer.from('\n')]).lines).toHaveLength(1);
			return processorMs() - start;
		};
		measure(512);
		// Quadratic framing would take 64 times as long for 8 times the bytes.
		expect(measure(4096)).toBeLessThan(Math.max(32 * measure(512), 400));
	});
});

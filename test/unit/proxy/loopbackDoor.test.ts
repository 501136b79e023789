import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { openLoopbackDoor } from '../../../src/proxy/upstream/loopbackDoor';

it('E3 a target that is no URL is refused and ends neither the sign-in nor the process', async () => {
	const door = await openLoopbackDoor({
		token: 'door',
		seenFrom: address => Promise.resolve(address),
		show: () => Promise.resolve(),
	});
	try {
		const redirect = new URL(door.redirectUrl);
		const back = door.authorize(new URL('https://as.example/?state=s'), new AbortController().signal);
		for (const target of ['//', '//[', '/other', '/door?state=wrong']) {
			const socket = connect(Number(redirect.port), '127.0.0.1');
			socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
			const [answer] = (await once(socket, 'data')) as [Buffer];
			expect(answer.toString('latin1'), target).toMatch(/^HTTP\/1\.1 40[04]/);
			socket.destroy();
		}
		await fetch(`${door.redirectUrl}?state=s&code=c`);
		expect((await back).get('code')).toBe('c');
	} finally {
		door.dispose();
	}
});

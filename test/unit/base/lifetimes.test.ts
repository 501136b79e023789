import { describe, expect, it } from 'vitest';
import { DisposableStore, toDisposable } from '../../../src/base/disposable';
import { errorText, FirewallError } from '../../../src/base/errors';
import { Emitter } from '../../../src/base/event';

describe('DisposableStore', () => {
	it('one that throws keeps no other from its end; the first error is told', () => {
		const log: string[] = [];
		const store = new DisposableStore();
		store.add(toDisposable(() => log.push('a')));
		store.add(
			toDisposable(() => {
				throw new Error('b');
			}),
		);
		store.add(
			toDisposable(() => {
				throw new Error('c');
			}),
		);
		store.add(toDisposable(() => log.push('d')));
		expect(() => {
			store.dispose();
		}).toThrow('c');
		expect(log).toEqual(['d', 'a']);
	});

	it('releases in reverse order, once, and takes nothing any more', () => {
		const log: string[] = [];
		const store = new DisposableStore();
		for (const name of ['a', 'b']) {
			store.add(toDisposable(() => log.push(name)));
		}
		store.dispose();
		store.dispose();
		const late = store.add(toDisposable(() => log.push('late')));
		late.dispose();
		expect(log).toEqual(['b', 'a', 'late']);
	});

	it('one that adds another while it is disposed of', () => {
		const log: string[] = [];
		const store = new DisposableStore();
		store.add(toDisposable(() => store.add(toDisposable(() => log.push('inner')))));
		store.dispose();
		expect(log).toEqual(['inner']);
	});
});

describe('Emitter', () => {
	it('a listener that throws keeps no other from hearing: an emergency stop reaches them all', () => {
		const heard: string[] = [];
		const emitter = new Emitter<string>();
		emitter.event(() => {
			throw new Error('deaf');
		});
		emitter.event(value => heard.push(value));
		expect(() => {
			emitter.fire('stop');
		}).toThrow('deaf');
		expect(heard).toEqual(['stop']);
	});

	it('in order of subscription; the same function twice is two listeners', () => {
		const heard: number[] = [];
		const emitter = new Emitter<number>();
		const listen = (value: number) => void heard.push(value);
		emitter.event(listen);
		const second = emitter.event(listen);
		emitter.event(value => heard.push(-value));
		emitter.fire(1);
		second.dispose();
		second.dispose();
		emitter.fire(2);
		expect(heard).toEqual([1, 1, -1, 2, -2]);
	});

	it('who leaves while others are told hears nothing more, who comes is told the next time', () => {
		const heard: string[] = [];
		const emitter = new Emitter<void>();
		emitter.event(() => {
			second.dispose();
			emitter.event(() => heard.push('late'));
		});
		const second = emitter.event(() => heard.push('second'));
		emitter.fire();
		expect(heard).toEqual([]);
		emitter.dispose();
		emitter.fire();
		expect(heard).toEqual([]);
	});
});

describe('errors', () => {
	it('have a text whatever was thrown', () => {
		expect([new Error('a'), 'b', undefined, { c: 1 }].map(errorText)).toEqual([
			'a',
			'b',
			'undefined',
			'[object Object]',
		]);
		const error = new FirewallError('usage', 'text', { cause: 'why' });
		expect(error).toMatchObject({ name: 'FirewallError', code: 'usage', message: 'text', cause: 'why' });
		expect(error).toBeInstanceOf(Error);
	});
});

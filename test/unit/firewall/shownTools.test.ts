import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../src/base/event';
import { silentLogger } from '../../../src/base/logger';
import { type ShownAs, ShownTools } from '../../../src/firewall/shownTools';
import { ManualClock } from '../support/manualClock';

function shownTools() {
	const clock = new ManualClock();
	const editor = new Emitter<void>();
	const appended: unknown[] = [];
	const audit = {
		append: (entry: unknown) => {
			appended.push(entry);
			return Promise.resolve();
		},
	};
	const shown = new ShownTools({
		ports: { clock, logger: silentLogger, audit, ids: { uuid: () => 'u', token: () => 't' } },
		...{ session: 's', server: { id: 'i', name: 'n' }, review: {}, editor: { onDidChange: editor.event } },
	} as never);
	let told = 0;
	shown.onDidChange(() => told++);
	return { clock, shown, policyChanges: () => editor.fire(), told: () => told };
}

const page = (as: readonly ShownAs[], now: readonly ShownAs[] = as) => ({ as, again: () => now });
const first = { isNext: false, isLast: false };
const last = { isNext: true, isLast: true };
const many = Array.from({ length: 10_000 }, () => 'hidden' as const);

describe('the tools as a client was shown them, of more than is kept', () => {
	it('a page that is forgotten does not make the client know the tools as they are', () => {
		const { clock, shown } = shownTools();
		shown.note(page(['decided']), first);
		shown.note(page(many), { isNext: true, isLast: false });
		shown.note(page(['hidden']), last);
		clock.advance(5000);
		expect(shown.areKnownAsTheyAre).toBe(false);
		// A list anew, all of which is kept.
		shown.note(page(['hidden']), { isNext: false, isLast: true });
		clock.advance(5000);
		expect(shown.areKnownAsTheyAre).toBe(true);
	});

	it('a page without tools, and one that is large by itself, is nothing forgotten', () => {
		const { clock, shown } = shownTools();
		shown.note(page([]), first);
		shown.note(page([...many, 'hidden']), last);
		clock.advance(5000);
		expect(shown.areKnownAsTheyAre).toBe(true);
	});

	it('a client is told of a change where what it was shown cannot be compared any more', () => {
		const { shown, policyChanges, told } = shownTools();
		shown.note(page(['decided'], ['hidden']), first);
		shown.note(page(many), last);
		policyChanges();
		expect(told()).toBe(1);
		// Once: until it asks again it was told.
		policyChanges();
		expect(told()).toBe(1);
		shown.note(page(many), { isNext: false, isLast: true });
		policyChanges();
		expect(told()).toBe(1);
	});
});

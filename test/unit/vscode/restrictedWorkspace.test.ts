import { describe, expect, it } from 'vitest';
import { isHeldBack, manageTrust, restrictedReason } from '../../../src/vscode/restrictedWorkspace';

describe('what would start a server', () => {
	const asked = (isTrusted: boolean) => {
		const told: unknown[] = [];
		const held = isHeldBack({ isTrusted: () => isTrusted, error: (...what) => told.push(what) });
		return { held, told };
	};

	it('is held back in a restricted workspace, with the way to the trust', () => {
		expect(asked(false)).toEqual({ held: true, told: [[restrictedReason(), manageTrust()]] });
	});

	it('goes on without a word in a trusted one', () => {
		expect(asked(true)).toEqual({ held: false, told: [] });
	});
});

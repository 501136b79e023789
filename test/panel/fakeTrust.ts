import { type Principal, unknownPrincipal } from '../../src/domain/identity/principal';
import { readTrustAsk, type TrustAsk, type TrustMessage } from '../../src/shared/trustProtocol';
import { trustCard } from '../../src/vscode/trustCardText';

/** Runs in the page before the trust card: VS Code's webview API over the card of one principal. `window.fake` is for the test. */
const NOW = Math.floor(Date.now() / 1000);
const VERIFIED: Principal = {
	...{ state: 'VERIFIED_PRINCIPAL', did: 'did:web:api.example.com:mcp:files', level: '2', badge: 'ok', proof: 'ok' },
	...{ binding: 'ok', pin: 'match', errors: [], blocked: false, issuer: 'https://ca.example.com' },
	...{ domain: 'api.example.com', expires: NOW + 252, keyThumbprint: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k' },
	...{ pinnedIssuerKey: false, revocation: { source: 'online', asOf: NOW - 5 }, pinnedSince: NOW - 86_400 * 3 },
	checkedAt: NOW - 5,
};
const DECLARED: Principal = {
	...{ state: 'DECLARED_PRINCIPAL', did: 'did:web:api.example.com', badge: 'failed', proof: 'absent' },
	...{ binding: 'ok', pin: 'none', errors: ['SERVER_ISSUER_UNTRUSTED'], cause: 'BADGE_ISSUER_UNTRUSTED' },
	...{ blocked: false, issuer: 'https://unknown.example', checkedAt: NOW },
};
const PRINCIPALS: Readonly<Record<string, Principal>> = {
	verified: VERIFIED,
	declared: DECLARED,
	none: unknownPrincipal(NOW),
	checking: unknownPrincipal(NOW, true),
	failed: {
		...{ ...DECLARED, cause: 'BADGE_SIGNATURE_INVALID', errors: ['SERVER_BADGE_INVALID'], blocked: true },
	},
	hostile: {
		...{ ...DECLARED, did: 'did:web:<img src=x onerror=alert(1)>\u202egnp.exe\n[x](command:y)' },
		...{ issuer: 'x'.repeat(50_000), domain: '<script>alert(1)</script>' },
	},
};
const options = new URLSearchParams(window.location.search);
const principal = PRINCIPALS[options.get('state') ?? 'verified'] ?? VERIFIED;
const launch = { kind: 'stdio', command: 'npx', args: ['-y', 'files-server@1.0.0'], env: [] } as const;
const supply = {
	source: { kind: 'npm', name: 'files-server', version: '1.0.0' },
	...{ files: [], gaps: [], publisher: 'somebody', integrity: 'sha512-abc' },
} as const;
const asks: TrustAsk[] = [];
const fake = { asks, rejected: 0, send };

function send(): void {
	const card = trustCard({
		...{ entry: { name: 'files', launch, supply, signedBy: 'SHA256:abc' }, principal, trustsAnybody: true },
		...{ asks: ['At least level 2 (Domain Validated): write_file'], now: Date.now() },
	});
	const message: TrustMessage = { kind: 'card', card };
	window.postMessage(message, '*');
}

Object.assign(window, {
	fake,
	acquireVsCodeApi: () => ({
		postMessage(value: unknown) {
			const ask = readTrustAsk(value);
			if (ask === undefined) {
				fake.rejected++;
				return;
			}
			asks.push(ask);
			if (ask.kind === 'ready') {
				send();
			}
		},
	}),
});

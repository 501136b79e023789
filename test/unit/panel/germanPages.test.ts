import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { panelHtml } from '../../../src/vscode/panelHtml';

const bundle = JSON.parse(readFileSync('l10n/bundle.l10n.de.json', 'utf8')) as Readonly<Record<string, string>>;
const page = { scriptUri: 'https://x.test/panel.js', styleUris: [], cspSource: 'https://*.x.test', nonce: 'abc123' };

/** What a template would show, with its markup taken out; enough for words. */
function shown(value: unknown): string {
	if (Array.isArray(value)) {
		return value.map(shown).join('');
	}
	if (typeof value === 'object' && value !== null && 'strings' in value && 'values' in value) {
		const { strings, values } = value as {
			readonly strings: readonly string[];
			readonly values: readonly unknown[];
		};
		return strings
			.map((text, at) => text + (at < values.length ? shown(values[at]) : ''))
			.join('')
			.replaceAll(/<[^>]*>/g, ' ');
	}
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

describe('a page in another language', () => {
	const html = panelHtml({ ...page, language: 'de', texts: { ...bundle, x: '</script><b>' } });

	it('names the language, and carries its texts as data that cannot end the block', () => {
		expect(html).toContain('<html lang="de">');
		const [, json = ''] = /<script type="application\/json" id="texts">(.*?)<\/script>/.exec(html) ?? [];
		expect(JSON.parse(json)).toEqual({ ...bundle, x: '</script><b>' });
		expect(html.match(/<script/g)).toHaveLength(2);
	});

	it('is in English without texts', () => {
		expect(panelHtml(page)).toContain('<html lang="en">');
		expect(panelHtml(page)).not.toContain('application/json');
	});
});

describe('the templates of the pages in German', () => {
	beforeEach(() => {
		vi.resetModules();
		vi.stubGlobal('document', {
			documentElement: { lang: 'de' },
			getElementById: (id: string) => (id === 'texts' ? { textContent: JSON.stringify(bundle) } : null),
			createTreeWalker: () => ({}),
			createComment: () => ({}),
		});
	});

	it('say what there is to say in German', async () => {
		const { emptyTemplate, noMatchTemplate } = await import('../../../src/webview/notices');
		const { approvalWord, eventWord, trustWord, verdictWord } = await import('../../../src/webview/words');
		const { valueWord } = await import('../../../src/webview/filterChoices');
		const text = [
			shown(emptyTemplate()),
			shown(noMatchTemplate(() => undefined, false)),
			...[verdictWord('refused'), approvalWord('timeout'), eventWord('server-drifted'), trustWord('2')],
			valueWord('verdict', 'require_approval'),
		].join(' ');
		expect(text).not.toMatch(/\b(?:the|no calls|filters|refused|timed|drifted|verified|require)\b/i);
		expect(text).toContain('Noch keine Aufrufe.');
	});

	it('say what findings advise, and why the policy asks who a server is', async () => {
		const { findingsTemplate } = await import('../../../src/webview/findingsTemplate');
		const { evidenceFacts } = await import('../../../src/webview/evidenceTemplate');
		const finding = {
			...{ kind: 'instructions', rule: 'r', severity: 'high', pointer: '/a', span: { start: 0, end: 1 } },
			advice: 'The text asks to hand over secrets or data.',
		};
		const text = [
			shown(findingsTemplate({ findings: [finding] } as never, () => undefined)),
			shown(evidenceFacts({ authorityWhy: "The server's identity: FAILED: its badge was revoked." })),
		].join(' ');
		expect(text).toContain('Der Text verlangt, Geheimnisse oder Daten herauszugeben.');
		expect(text).toContain('hoch');
		expect(text).toContain('Die Identität des Servers: FEHLGESCHLAGEN: sein Ausweis wurde gesperrt.');
	});

	it('leave arguments as they are, drawn or not', async () => {
		const { say, sayAround, sayCount } = await import('../../../src/webview/say');
		expect(say('Verdict: {0}', '{1}{0}')).toBe('Urteil: {1}{0}');
		expect(sayAround('Review “{0}”', '{0}').join('')).toBe('„{0}“ überprüfen');
		expect(sayCount(1234, '{0} call', '{0} calls')).toBe('1.234 Aufrufe');
		expect(say('constructor')).toBe('constructor');
	});
});

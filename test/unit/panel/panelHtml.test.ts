import { describe, expect, it } from 'vitest';
import { panelHtml } from '../../../src/vscode/panelHtml';

const page = { scriptUri: 'https://x.test/panel.js', styleUris: [], cspSource: 'https://*.x.test', nonce: 'abc123' };

describe('panelHtml', () => {
	it('carries the strict policy, and no inline script or style', () => {
		const html = panelHtml(page);
		expect(html).toContain(
			`default-src 'none'; script-src 'nonce-abc123'; style-src 'nonce-abc123' https://*.x.test; img-src 'none'; ` +
				`font-src https://*.x.test; connect-src 'none'; base-uri 'none'; form-action 'none'`,
		);
		expect(html).not.toMatch(/unsafe|<style|style="|\son\w+=|<script(?![^>]*\ssrc=)/);
		expect(html.match(/<script/g)).toHaveLength(1);
	});

	it('escapes what it is given', () => {
		const html = panelHtml({ ...page, scriptUri: '"><script>', styleUris: ['a?b=1&c="'] });
		expect(html).toContain('src="&quot;&gt;&lt;script&gt;"');
		expect(html).toContain('href="a?b=1&amp;c=&quot;"');
	});
});

/**
 * The panel in a real Chromium, with the page and the content security policy that VS Code gets, over a fake host.
 * `node test/panel/preview.mjs` checks and takes pictures into test-output/panel/; `--review` looks at the review editor and the trust card alone,
 * `--serve` only serves the pages to look at.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { runAxeChecks } from './axeChecks.mjs';
import { runChecks } from './checks.mjs';
import { runReviewChecks } from './reviewChecks.mjs';
import { runTrustChecks } from './trustChecks.mjs';
import { themes } from './themes.mjs';

const root = new URL('../..', import.meta.url).pathname;
const out = join(root, 'test-output/panel');
mkdirSync(out, { recursive: true });

const PRESET = '@secretlint/secretlint-rule-preset-recommend';

async function bundle(entry, name, format) {
	const outfile = join(out, name);
	await build({
		entryPoints: [join(root, entry)],
		bundle: true,
		minify: true,
		format,
		platform: format === 'esm' ? 'node' : 'browser',
		target: 'es2023',
		outfile,
		logLevel: 'warning',
		// What is imported for its types alone brings nothing along, node:* least of all.
		tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, useDefineForClassFields: true } },
		define: { 'process.env.NODE_ENV': '"production"' },
		// Rules for secrets, which want Node; the review session of the fake finds none.
		...(format === 'iife' && { alias: { [PRESET]: join(root, 'test/panel/noRules.ts') } }),
	});
	return outfile;
}

const script = await bundle('src/webview/panel.ts', 'panel.js', 'iife');
const fake = await bundle('test/panel/fakeApi.ts', 'fakeApi.js', 'iife');
const review = await bundle('src/webview/review.ts', 'review.js', 'iife');
const fakeReview = await bundle('test/panel/fakeReview.ts', 'fakeReview.js', 'iife');
const trust = await bundle('src/webview/trust.ts', 'trust.js', 'iife');
const fakeTrust = await bundle('test/panel/fakeTrust.ts', 'fakeTrust.js', 'iife');
const { panelHtml } = await import(await bundle('src/vscode/panelHtml.ts', 'panelHtml.mjs', 'esm'));
const bytes = readFileSync(script);
console.log(
	`panel.js ${(bytes.length / 1000).toFixed(1)} kB, ${(gzipSync(bytes).length / 1000).toFixed(1)} kB gzipped`,
);

const server = createServer((request, response) => {
	const url = new URL(request.url, 'http://127.0.0.1');
	const files = {
		...{ '/panel.js': script, '/fakeApi.js': fake, '/review.js': review, '/fakeReview.js': fakeReview },
		...{ '/trust.js': trust, '/fakeTrust.js': fakeTrust },
	};
	if (files[url.pathname] !== undefined) {
		response.setHeader('content-type', 'text/javascript');
		response.end(readFileSync(files[url.pathname]));
		return;
	}
	const nonce = randomBytes(16).toString('hex');
	const origin = `http://127.0.0.1:${server.address().port}`;
	const [name, element] = { '/review': ['Review', 'review'], '/trust': ['Trust', 'trust'] }[url.pathname] ?? ['Api'];
	const page = panelHtml({
		...{ scriptUri: `${origin}/${element ?? 'panel'}.js`, styleUris: [], cspSource: origin, nonce },
		...(element && { element: `mcp-firewall-${element}`, title: `MCP Firewall: ${element}` }),
	});
	const theme = themes[url.searchParams.get('theme') ?? 'dark'];
	// As VS Code does: the theme stands on the root element and its script runs before the page's own, both ahead of the policy.
	const style = Object.entries(theme).map(([name, value]) =>
		name === 'color-scheme' ? `color-scheme:${value}` : `--vscode-${name}:${value.replaceAll('"', "'")}`,
	);
	response.setHeader('content-type', 'text/html; charset=utf-8');
	response.end(
		page
			.replace('<html lang="en">', `<html lang="en" style="${style.join(';')}">`)
			.replace('<head>', `<head><link rel="icon" href="data:,"><script src="/fake${name}.js"></script>`),
	);
});
await new Promise(resolve => server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

if (process.argv.includes('--serve')) {
	console.log(`${origin}/?theme=dark&entries=500 (dark, light, high-contrast)`);
} else {
	const homes = [join(root, 'test/e2e'), '/tmp/pw'].filter(home =>
		existsSync(join(home, 'node_modules/playwright-core')),
	);
	if (homes.length === 0) {
		throw new Error('playwright-core is missing: npm ci --prefix test/e2e');
	}
	const { chromium } = createRequire(join(homes[0], 'package.json'))('playwright-core');
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
	try {
		if (process.argv.includes('--axe')) { await runAxeChecks(browser, origin, { only: process.argv.at(-1) === '--axe' ? '' : process.argv.at(-1) }); process.exit(); }
		const only = process.argv.includes('--review');
		const failed =
			(only ? 0 : await runChecks(browser, origin, out)) +
			(await runReviewChecks(browser, origin, out)) +
			(await runTrustChecks(browser, origin, out));
		process.exitCode = failed === 0 ? 0 : 1;
	} finally {
		await browser.close();
		server.close();
	}
}

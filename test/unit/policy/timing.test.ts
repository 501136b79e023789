import { it } from 'vitest';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
it('t', () => {
	for (const [n, t] of Object.entries({ big: 'a'.repeat(1_048_577), seq: '['.repeat(200_000), seq5:'['.repeat(5000), seq10:'['.repeat(10000), map: '{a: '.repeat(20_000), rep: 'a: 1\n'.repeat(100_000), xs: `deny:\n${'  - x\n'.repeat(100_000)}`, unit: Array.from({length:500},(_, i)=>`  - capability: a.b${i}\n    path_prefix: /x/${i}\n`).join('').replace(/^/,'deny:\n') , dash: '- '.repeat(100000), q: '? '.repeat(100000), anchors: '&a '.repeat(100000), quote: '"'.repeat(100000), block: Array.from({length:2000},(_, i)=>' '.repeat(i)+'a:\n').join('').slice(0,1e6)})) {
		const s = performance.now(); const l = parsePolicy(t, 'x'); console.log(n, Math.round(performance.now() - s), l.problems.length, l.problems[0]?.message);
	}
}, 200000);

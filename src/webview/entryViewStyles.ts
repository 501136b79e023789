import { css } from 'lit';

/** Styles of the detail pane. */
export const entryViewStyles = css`
	:host {
		display: block;
		height: 100%;
		min-height: 0;
	}
	article {
		display: flex;
		flex-direction: column;
		height: 100%;
	}
	header {
		display: flex;
		align-items: center;
		gap: 8px;
		height: 36px;
		padding: 0 8px 0 16px;
	}
	h2 {
		flex: 1;
		min-width: 0;
		margin: 0;
		overflow: hidden;
		font-size: 1.15em;
		font-weight: 600;
		text-overflow: ellipsis;
		white-space: nowrap;
	}
	.body {
		flex: 1;
		min-height: 0;
		padding: 0 16px 16px;
		overflow-y: auto;
		scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
		user-select: text;
	}
	section {
		padding: 10px 0;
		border-top: 1px solid var(--line);
	}
	section.first {
		padding-top: 2px;
		border-top: none;
	}
	.headline {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 4px 12px;
		margin-bottom: 8px;
	}
	.headline .status {
		font-weight: 600;
	}
	h3 {
		margin: 0 0 6px;
		font-size: 0.85em;
		font-weight: 600;
		color: var(--quiet);
	}
	dl {
		display: grid;
		grid-template-columns: minmax(104px, 22%) minmax(0, 1fr);
		gap: 4px 14px;
		margin: 0;
	}
	dt {
		color: var(--quiet);
	}
	dd {
		margin: 0;
		overflow-wrap: anywhere;
	}
	dl + dl,
	pre + dl,
	dl + .findings {
		margin-top: 6px;
	}
	.actions {
		display: flex;
		flex-wrap: wrap;
		gap: 6px;
		margin-top: 10px;
	}
	h4 {
		margin: 8px 0 2px;
		font: inherit;
		color: var(--quiet);
	}
	p.flat {
		margin-left: 0;
	}
	ul {
		margin: 0;
		padding: 0;
		list-style: none;
		overflow-wrap: anywhere;
	}
	li + li {
		margin-top: 4px;
	}
	.findings li + li {
		margin-top: 10px;
	}
	p {
		margin: 2px 0 0 22px;
	}
	pre {
		max-height: 340px;
		margin: 0;
		padding: 8px 10px;
		overflow: auto;
		border: 1px solid var(--vscode-contrastBorder, transparent);
		border-radius: 3px;
		font: var(--vscode-editor-font-size, 12px) / 1.45 var(--mono);
		background: var(--vscode-textCodeBlock-background);
		scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
		tab-size: 4;
		white-space: pre-wrap;
		overflow-wrap: anywhere;
	}
	.bar {
		display: flex;
		gap: 1px;
		height: 6px;
		margin-bottom: 8px;
		border-radius: 3px;
		overflow: hidden;
		background: var(--vscode-list-hoverBackground);
	}
	.dot {
		display: inline-block;
		width: 8px;
		height: 8px;
		margin-right: 6px;
		border-radius: 2px;
	}
	.decide {
		background: var(--asked);
	}
	.approval {
		background: var(--event);
	}
	.upstream {
		background: var(--good);
	}
	.screen {
		background: var(--warn);
	}
	.write {
		background: var(--quiet);
	}
`;

import { css } from 'lit';

/** Styles of the list. Columns give way as the panel narrows: labels, approval, capability, server. */
export const callListStyles = css`
	:host {
		display: block;
		height: 100%;
		min-height: 0;
		container-type: inline-size;
	}
	.grid {
		display: flex;
		flex-direction: column;
		height: 100%;
		outline: none;
	}
	.scroller {
		flex: 1;
		min-height: 0;
		overflow-y: auto;
		overflow-anchor: none;
		scrollbar-gutter: stable;
		scrollbar-color: var(--vscode-scrollbarSlider-background) transparent;
	}
	.space {
		position: relative;
		contain: strict;
	}
	.row {
		display: grid;
		grid-template-columns:
			86px 114px minmax(60px, 1fr) minmax(80px, 1.3fr) minmax(70px, 1fr) minmax(90px, 2fr)
			100px minmax(60px, 1fr) 48px;
		column-gap: 12px;
		align-items: center;
		height: 24px;
		padding: 0 12px;
		cursor: pointer;
	}
	.space > .row {
		position: absolute;
		right: 0;
		left: 0;
		contain: strict;
	}
	.row > span {
		min-width: 0;
		overflow: hidden;
		text-overflow: ellipsis;
		white-space: nowrap;
	}
	.row .status {
		display: flex;
	}
	.event-words .status {
		display: inline-flex;
	}
	.row .time {
		font-variant-numeric: tabular-nums;
	}
	.head {
		flex: none;
		height: 26px;
		overflow-y: hidden;
		scrollbar-gutter: stable;
		border-bottom: 1px solid var(--line);
		color: var(--quiet);
		cursor: default;
	}
	.head span::first-letter {
		text-transform: uppercase;
	}
	.row:not(.head):hover {
		color: var(--vscode-list-hoverForeground, inherit);
		background: var(--vscode-list-hoverBackground);
		outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
		outline-offset: -1px;
	}
	.row.active,
	.row.active:hover {
		color: var(--vscode-list-inactiveSelectionForeground, inherit);
		background: var(--vscode-list-inactiveSelectionBackground);
		outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
		outline-offset: -1px;
	}
	.grid:focus .row.active {
		color: var(--vscode-list-activeSelectionForeground, inherit);
		background: var(--vscode-list-activeSelectionBackground);
		--quiet: currentColor;
	}
	.grid:focus-visible .row.active {
		outline: 1px solid var(--vscode-list-focusOutline, var(--vscode-focusBorder));
		outline-offset: -1px;
	}
	.row.lifecycle:not(.active) {
		color: var(--quiet);
		background: var(--vscode-editorStickyScroll-background, transparent);
		box-shadow: inset 2px 0 var(--event);
	}
	.row > .why {
		overflow: visible;
	}
	.head .why {
		padding-left: 7px;
	}
	.why button {
		height: 18px;
		padding: 0 6px;
		color: var(--vscode-textLink-foreground, inherit);
		line-height: 16px;
	}
	.why button:hover {
		color: var(--vscode-textLink-activeForeground, inherit);
		text-decoration: underline;
	}
	.grid:focus .row.active .why button {
		color: inherit;
	}
	.event-words {
		grid-column: 2 / -1;
	}
	.event-words > * {
		margin-right: 10px;
		vertical-align: middle;
	}
	.row.pending:not(.active),
	.row.cancelled:not(.active) {
		color: var(--quiet);
	}
	.row.loading {
		color: transparent;
	}
	.ghost {
		display: inline-block;
		width: 60%;
		height: 8px;
		border-radius: 4px;
		font-size: 0;
		background: var(--vscode-list-hoverBackground);
	}
	@container (max-width: 1000px) {
		.row {
			grid-template-columns:
				86px 114px minmax(60px, 1fr) minmax(80px, 1.3fr) minmax(110px, 1.2fr) minmax(90px, 2fr)
				100px 48px;
		}
		.labels {
			display: none;
		}
	}
	@container (max-width: 880px) {
		.row {
			grid-template-columns:
				86px 114px minmax(60px, 0.9fr) minmax(80px, 1.2fr) minmax(110px, 1.1fr) minmax(90px, 1.8fr)
				48px;
		}
		.approval {
			display: none;
		}
	}
	@container (max-width: 680px) {
		.row {
			grid-template-columns: 86px 114px minmax(60px, 1fr) minmax(80px, 1.3fr) minmax(90px, 1.6fr) 48px;
		}
		.capability {
			display: none;
		}
	}
	@container (max-width: 520px) {
		.row {
			grid-template-columns: 84px 110px minmax(80px, 1fr) minmax(60px, 1fr) 44px;
			column-gap: 8px;
			padding: 0 8px;
		}
		.server {
			display: none;
		}
	}
`;

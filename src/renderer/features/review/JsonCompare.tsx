import { json } from '@codemirror/lang-json';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { goToNextChunk, goToPreviousChunk, MergeView } from '@codemirror/merge';
import { EditorState, RangeSetBuilder, type Extension } from '@codemirror/state';
import { Decoration, EditorView, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react';
import { CATEGORY_NAMES, segmentLabel, segmentText, type HostileCategory } from '../../lib/hostileText.ts';
import styles from './JsonCompare.module.css';

/** Moves between differences. */
export interface HunkWalker {
  readonly next: () => void;
  readonly previous: () => void;
}

interface JsonCompareProps {
  readonly before: string;
  readonly after: string;
  readonly ref?: Ref<HunkWalker>;
}

/**
 * Two JSON texts side by side, unchanged runs folded. The editors live in a shadow root: there their style sheets are
 * adopted ones, while in the document they would be style elements, which the content security policy forbids.
 */
export function JsonCompare({ before, after, ref }: JsonCompareProps) {
  const host = useRef<HTMLDivElement>(null);
  const merge = useRef<MergeView | null>(null);

  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const root = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const view = new MergeView({
      a: { doc: before, extensions: extensions('Reference') },
      b: { doc: after, extensions: extensions('Message') },
      parent: root,
      root,
      gutter: true,
      highlightChanges: true,
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    merge.current = view;
    return () => {
      view.destroy();
      merge.current = null;
    };
  }, [before, after]);

  useImperativeHandle(ref, () => {
    const walk = (command: typeof goToNextChunk) => (): void => {
      const view = merge.current;
      if (view === null) return;
      command(view.b);
      view.b.dispatch({ effects: EditorView.scrollIntoView(view.b.state.selection.main, { y: 'center' }) });
    };
    return { next: walk(goToNextChunk), previous: walk(goToPreviousChunk) };
  }, []);

  return <div ref={host} className={styles['host']} data-testid="json-compare" />;
}

/** A stand-in for characters that cannot be seen. */
class HostileWidget extends WidgetType {
  readonly text: string;
  readonly category: HostileCategory;

  constructor(text: string, category: HostileCategory) {
    super();
    this.text = text;
    this.category = category;
  }

  override eq(other: HostileWidget): boolean {
    return other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const box = document.createElement('span');
    box.className = 'og-hostile';
    box.textContent = segmentLabel(this.text);
    box.title = CATEGORY_NAMES[this.category];
    return box;
  }
}

/** Boxes hostile characters wherever they are in view; look-alikes stay readable and are marked. */
const hostileCharacters = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = decorate(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = decorate(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function decorate(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    let at = from;
    for (const segment of segmentText(view.state.sliceDoc(from, to))) {
      const end = at + segment.text.length;
      if (segment.kind === 'hostile') {
        builder.add(
          at,
          end,
          segment.category === 'confusable'
            ? Decoration.mark({
                class: 'og-confusable',
                attributes: { title: `${CATEGORY_NAMES.confusable}, ${segmentLabel(segment.text)}` },
              })
            : Decoration.replace({ widget: new HostileWidget(segment.text, segment.category) }),
        );
      }
      at = end;
    }
  }
  return builder.finish();
}

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--json-key)' },
  { tag: tags.string, color: 'var(--json-string)' },
  { tag: tags.number, color: 'var(--json-number)' },
  { tag: [tags.bool, tags.null], color: 'var(--json-number)' },
]);

const theme = EditorView.theme({
  '&': { backgroundColor: 'transparent', color: 'var(--text)', fontSize: '12px' },
  '.cm-content': { fontFamily: 'var(--font-mono)', padding: '4px 0' },
  '.cm-line': { padding: '0 6px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--diff-removed) 45%, transparent)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'color-mix(in srgb, var(--diff-added) 45%, transparent)' },
  '&.cm-merge-a .cm-changedText': { background: 'var(--diff-removed)', textDecoration: 'line-through' },
  '&.cm-merge-b .cm-changedText': { background: 'var(--diff-added)', textDecoration: 'underline', textUnderlineOffset: '2px' },
  '&.cm-merge-a .cm-changedLineGutter': { background: 'var(--status-bad)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--status-ok)' },
  '.cm-gutters': { backgroundColor: 'transparent', border: '0' },
  '.cm-collapsedLines': {
    background: 'var(--surface-2)',
    color: 'var(--text-muted)',
    borderBlock: '1px dashed var(--line)',
    fontFamily: 'var(--font-ui)',
    fontSize: '11px',
  },
  // The theme's own sign is in none of the bundled fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"…"' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': { backgroundColor: 'var(--selection)' },
  '.og-hostile': {
    margin: '0 1px',
    padding: '0 3px',
    border: '1px dashed var(--status-warn)',
    borderRadius: '3px',
    background: 'var(--surface-3)',
    color: 'var(--status-warn)',
  },
  '.og-confusable': { borderBottom: '2px solid var(--status-warn)', color: 'var(--status-warn)' },
});

function extensions(label: string): Extension {
  return [
    json(),
    syntaxHighlighting(colours),
    theme,
    hostileCharacters,
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({
      'aria-label': `${label} as JSON`,
      tabindex: '0',
      role: 'textbox',
      'aria-readonly': 'true',
      'aria-multiline': 'true',
    }),
  ];
}

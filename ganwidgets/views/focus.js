// Where the focus is, and where it goes when what holds it is taken away.

// `node` is about to be hidden or disabled: a focus that it holds goes on to `next`, so that keys still find something.
function gwPassFocus(node, next) {
  if (node.contains(node.getRootNode().activeElement)) next.focus({ preventScroll: true });
}

// Whether the focus is on something of ours; in marimo widgets lie in shadow trees.
function gwHasFocus() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return Boolean(at?.closest(".gw-root"));
}

// Roles of GraphiQL's tabs for screen readers: it makes a tab of the list item around two buttons, which they cannot enter.

/** Makes the button that opens a tab the tab, now and whenever GraphiQL draws one. */
export function mendTabs(root: HTMLElement): void {
  const mend = () => {
    for (const item of root.querySelectorAll('.graphiql-tab')) {
      const isOpen = item.classList.contains('graphiql-tab-active');
      give(item, 'role', 'presentation');
      item.removeAttribute('aria-selected');
      for (const button of item.querySelectorAll('button')) {
        give(button, 'role', 'tab');
        give(button, 'aria-selected', String(isOpen && button.matches('.graphiql-tab-button')));
      }
    }
  };
  new MutationObserver(mend).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ['class', 'role'],
  });
  mend();
}

function give(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

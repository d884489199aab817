/** The icon of price alerts. */
export function BellIcon() {
  return (
    <svg className="bell" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 12h10l-1.2-1.8V7a3.8 3.8 0 0 0-7.6 0v3.2zM6.6 14h2.8" />
    </svg>
  );
}

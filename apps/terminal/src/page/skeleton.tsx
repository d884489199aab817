/** The panels before the symbols are loaded. index.html has the same ones, which the browser paints before the scripts arrive. */
export function Skeleton() {
  return (
    <main className="workspace">
      <section className="panel market skeleton">
        <p className="waiting">Connecting…</p>
      </section>
      <div className="side">
        <section className="panel ticket" />
        <section className="panel depth" />
      </div>
      <section className="panel watch" />
      <section className="panel account" />
    </main>
  );
}

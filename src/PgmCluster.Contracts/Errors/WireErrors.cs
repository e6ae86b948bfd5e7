namespace PgmCluster.Contracts.Errors;

/// <summary>Which exceptions cross the wire.</summary>
public static class WireErrors
{
    /// <summary>
    /// The refusal inside an exception, where the exception itself is not one that every client knows: a type of one part of the program,
    /// or a wrapping of Orleans, which puts its own long text around what a grain's storage said.
    /// </summary>
    /// <returns>What to throw in its place; null where <paramref name="exception"/> holds none, or is one that clients know.</returns>
    public static PgmException? Of(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is not PgmException refusal) continue;
            if (refusal.GetType().Assembly != typeof(PgmException).Assembly) return new(refusal.Message) { Code = refusal.Code };
            return ReferenceEquals(refusal, exception) ? null : refusal;
        }
        return null;
    }
}

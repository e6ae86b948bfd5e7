namespace PgmCluster.Api.Errors;

/// <summary>Something is wrong with the request as such: its body's type or form, a parameter, a header.</summary>
/// <param name="status">The answer's, 400 to 499.</param>
/// <param name="message">One line: what was attempted, what was found, what to do.</param>
internal sealed class HttpRefusedException(int status, string message) : Exception(message)
{
    public int Status => status;
}

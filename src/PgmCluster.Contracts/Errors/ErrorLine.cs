namespace PgmCluster.Contracts.Errors;

/// <summary>An exception in one line, as a part of a message.</summary>
public static class ErrorLine
{
    /// <summary>The first line of what it says that is not empty; its type where it says nothing.</summary>
    public static string Of(Exception exception) =>
        exception.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()
        ?? exception.GetType().Name;
}

namespace PgmCluster.Data;

/// <summary>
/// What the user gave is wrong: a path, a picture, a number. The message is one line that says what was attempted, what was found and
/// what to do, and is meant to be shown as it is. Retrying without a change is useless.
/// </summary>
public class BadInputException : Exception
{
    public BadInputException(string message) : base(message) { }

    public BadInputException(string message, Exception inner) : base(message, inner) { }
}

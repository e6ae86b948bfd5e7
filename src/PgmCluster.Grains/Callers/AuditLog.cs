using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Callers;

/// <summary>Logs what clients change: who, by which call, of what, and what came of it.</summary>
internal sealed partial class AuditLog(ILogger<AuditLog> logger)
{
    private readonly ILogger<AuditLog> _logger = logger;

    /// <summary>Makes the call.</summary>
    /// <param name="call">Of a client.</param>
    /// <param name="user">Who is behind it.</param>
    public async Task Follow(IIncomingGrainCallContext call, string user)
    {
        var outcome = "it was cancelled";
        try
        {
            await call.Invoke();
            outcome = "done";
        }
        catch (PgmException e)
        {
            outcome = $"refused ({e.Code})";
            throw;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            outcome = $"failed ({e.GetType().Name})";
            throw;
        }
        finally
        {
            LogCall(user, ForeignText.Of($"{call.SourceId}"), ClientCalls.MethodOf(call).Name, ForeignText.Of($"{call.TargetId}"), outcome);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{User}, by {Client} (as it says): {Method} of {GrainId}: {Outcome}")]
    private partial void LogCall(string user, string client, string method, string grainId, string outcome);
}

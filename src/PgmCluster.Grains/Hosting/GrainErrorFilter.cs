using PgmCluster.Contracts.Errors;

namespace PgmCluster.Grains.Hosting;

/// <summary>
/// Lets only the contracts' exceptions and those of Orleans out of a grain: a client could not deserialize any other. What Orleans has
/// wrapped around a refusal comes off.
/// </summary>
internal sealed partial class GrainErrorFilter(ILogger<GrainErrorFilter> logger) : IIncomingGrainCallFilter
{
    private readonly ILogger<GrainErrorFilter> _logger = logger;

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.InterfaceMethod?.DeclaringType?.Namespace?.StartsWith("PgmCluster.", StringComparison.Ordinal) != true)
        {
            await context.Invoke();
            return;
        }
        try
        {
            RequireWholeRequest(context);
            await context.Invoke();
        }
        catch (Exception e) when (WireErrors.Of(e) is { } refusal)
        {
            throw refusal;
        }
        catch (Exception e) when (e is not (PgmException or OrleansException or OperationCanceledException or TimeoutException))
        {
            LogUnexpected(e, context.InterfaceName, context.MethodName, context.TargetId);
            throw new PgmException(
                $"{context.MethodName} of {context.TargetId} failed unexpectedly: {ErrorLine.Of(e)} The silo's log has the details.")
            { Code = PgmErrorCode.Internal };
        }
    }

    private static void RequireWholeRequest(IIncomingGrainCallContext context)
    {
        if (MissingValues.FirstOfRequest(context.InterfaceMethod, context.Request.GetArgument) is { } missing)
            throw new InvalidRequestException(
                $"{context.MethodName} of {context.TargetId}: {missing} is null. Give it a value; what may be left out has a default.");
    }
}

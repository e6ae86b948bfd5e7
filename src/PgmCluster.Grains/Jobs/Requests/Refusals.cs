using PgmCluster.Contracts.Errors;
using PgmCluster.Data;

namespace PgmCluster.Grains.Jobs.Requests;

/// <summary>What is found wrong while a job is planned, as a refusal of its request.</summary>
internal static class Refusals
{
    /// <param name="job">The job in words, such as "training job 'run'".</param>
    /// <param name="plan">Plans it.</param>
    /// <param name="refuseId">
    /// Refuses an id that cannot be had: of what is wrong with a request it is said first. Asked only where planning fails, as whoever
    /// claims the id finds out by that.
    /// </param>
    /// <exception cref="InvalidRequestException">The request cannot be done.</exception>
    public static async Task<T> Of<T>(string job, Func<Task<T>> plan, Func<Task> refuseId)
    {
        try
        {
            return await Planned(job, plan);
        }
        catch (PgmException)
        {
            await refuseId();
            throw;
        }
    }

    private static async Task<T> Planned<T>(string job, Func<Task<T>> plan)
    {
        try
        {
            return await plan();
        }
        catch (Exception e) when (e is BadInputException or DataCorruptException)
        {
            throw new InvalidRequestException(e.Message);
        }
        catch (NotFoundException e)
        {
            throw new InvalidRequestException($"Starting {job}: {e.Message}");
        }
        catch (ArgumentException e) when (IsEmptyName(e))
        {
            throw EmptyName($"Starting {job}");
        }
    }

    /// <summary>The same of a request that starts nothing.</summary>
    /// <exception cref="InvalidRequestException">The request cannot be done.</exception>
    public static async Task<T> OfQuestion<T>(Func<Task<T>> plan)
    {
        try
        {
            return await plan();
        }
        catch (Exception e) when (e is BadInputException or NotFoundException)
        {
            throw new InvalidRequestException(e.Message);
        }
        catch (ArgumentException e) when (IsEmptyName(e))
        {
            throw EmptyName("Resolving a run");
        }
    }

    /// <summary>A grain was asked for by no name at all, as a request named it.</summary>
    private static bool IsEmptyName(ArgumentException e) => e.ParamName == "primaryKey";

    private static InvalidRequestException EmptyName(string attempt) =>
        new($"{attempt}: what it is to be made from has an empty name. Name a dataset or a job that there is.");
}

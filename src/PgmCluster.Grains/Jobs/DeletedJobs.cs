using System.Text.Json;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Jobs.Requests;
using PgmCluster.Grains.Storage;

namespace PgmCluster.Grains.Jobs;

/// <summary>What is left of a deleted job: a record without a request, which says that the id was used.</summary>
internal static class DeletedJobs
{
    /// <summary>Of characters; a mark has far fewer.</summary>
    private const int LongestMark = 1000;

    /// <summary>Why a job stays whose work a device has not ended.</summary>
    public const string StillWorkedFor = "a device has not ended its work yet. Try again in a while";

    /// <summary>Replaces a job's record by the mark, once what is stored beside it is gone.</summary>
    /// <param name="grain">The job.</param>
    /// <param name="storage">Its record.</param>
    /// <param name="title">For the message.</param>
    /// <param name="partsInUse">Why what is stored beside it has to stay; null where it need not.</param>
    /// <param name="deleteParts">Clears what is stored beside it.</param>
    /// <param name="logger">Of the job.</param>
    /// <exception cref="InvalidRequestException">It is not at rest, or a device has not ended its work yet.</exception>
    public static async Task Delete<TState, TRequest>(
        this IGrainBase grain, IPersistentState<TState> storage, string title, Func<Task<string?>> partsInUse, Func<Task> deleteParts,
        ILogger logger)
        where TState : JobState<TRequest>, new()
        where TRequest : class
    {
        var state = storage.State;
        if (state.Request is null) return;
        if (!state.Phase.IsAtRest()) throw new InvalidRequestException($"Deleting {title}: it is {JobWords.Of(state.Phase)}.");
        if (await partsInUse() is { } why) throw new InvalidRequestException($"{why}.");
        await deleteParts();
        storage.State = new TState { FormatVersion = state.FormatVersion, Attempt = state.Attempt, Phase = state.Phase };
        await grain.Save(storage, logger);
        grain.DeactivateOnIdle();
    }

    /// <summary>Whether that is all that a stored record says.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static bool IsMark(string record)
    {
        if (record.Length > LongestMark) return false;
        using var json = JsonDocument.Parse(record);
        return json.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("attempt", out var attempt) && attempt.ValueKind == JsonValueKind.Number
            && !root.TryGetProperty("request", out _);
    }
}

namespace PgmCluster.Execution.Images;

/// <summary>
/// Pictures that were asked for together; they come in the order in which they were asked for. Taken by one thread; all state belongs to
/// the <see cref="DecodeStage"/> and its lock.
/// </summary>
internal sealed class DecodeRun : IDisposable
{
    private readonly DecodeStage _stage;

    /// <param name="stage">Which decodes them.</param>
    /// <param name="slots">The pictures, those that are there already with their <see cref="Slot.Picture"/>.</param>
    public DecodeRun(DecodeStage stage, Slot[] slots)
    {
        (_stage, Slots) = (stage, slots);
        SkipPresent();
    }

    public Slot[] Slots { get; }

    /// <summary>Slots before this one are decoded, being decoded, or were there.</summary>
    public int Begun { get; private set; }

    public int Taken { get; set; }

    /// <summary>Nobody wants the pictures any more.</summary>
    public bool IsGivenUp { get; set; }

    public bool IsBegun => Begun == Slots.Length;

    /// <summary>The next slot that nobody has begun.</summary>
    public Slot BeginNext()
    {
        var slot = Slots[Begun++];
        SkipPresent();
        return slot;
    }

    /// <summary>The next picture; waits for it.</summary>
    /// <exception cref="InvalidOperationException">All were taken.</exception>
    /// <exception cref="ObjectDisposedException">The stage has ended.</exception>
    public DecodedPicture Next() => _stage.Take(this);

    /// <summary>Gives up what was not taken.</summary>
    public void Dispose() => _stage.GiveUp(this);

    private void SkipPresent()
    {
        while (Begun < Slots.Length && Slots[Begun].Picture is not null) Begun++;
    }

    /// <summary>A picture that was asked for.</summary>
    internal sealed class Slot(int index)
    {
        public int Index => index;

        /// <summary>Null before it is decoded, and once it was taken.</summary>
        public DecodedPicture? Picture { get; set; }

        /// <summary>It takes room of the stage's.</summary>
        public bool IsCounted { get; set; }
    }
}

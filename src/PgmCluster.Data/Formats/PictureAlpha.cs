namespace PgmCluster.Data.Formats;

/// <summary>What dropping transparency, as the reference's preparation does, makes of a picture. Stored by number.</summary>
public enum PictureAlpha : byte
{
    /// <summary>It has no transparent pixel.</summary>
    None = 0,

    /// <summary>It has some, whose hidden colours come to light.</summary>
    Transparent = 1,

    /// <summary>It has some, and all pixels are of one colour without their transparency: what it showed was in that alone.</summary>
    Uniform = 2,
}

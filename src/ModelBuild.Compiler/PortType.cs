namespace ModelBuild.Compiler;

/// <summary>What the elements of an input or output are where they are not what the file declares.</summary>
public enum PortType
{
    /// <summary>Unsigned bytes: of images the numbers that they are, of all else codes.</summary>
    UInt8,

    /// <summary>Signed bytes: codes.</summary>
    Int8,
}

namespace ModelBuild.Compiler.Calibration.Pictures;

/// <summary>
/// The bytes of a picture. The decoder takes zeros for what is behind the end and may look there for ever for what a damaged file lacks; it
/// is stopped after a while.
/// </summary>
internal sealed class EndingStream(byte[] content) : MemoryStream(content, writable: false)
{
    /// <summary>Whole files are read beyond their end by a few bytes.</summary>
    private const int MostReadsBehindTheEnd = 4096;

    private int _reads;

    public override int ReadByte()
    {
        int value = base.ReadByte();
        Count(value >= 0);
        return value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = base.Read(buffer, offset, count);
        Count(read > 0 || count == 0);
        return read;
    }

    private void Count(bool isWithin)
    {
        if (!isWithin && ++_reads > MostReadsBehindTheEnd)
        {
            throw new EndOfStreamException("it ends early");
        }
    }
}
